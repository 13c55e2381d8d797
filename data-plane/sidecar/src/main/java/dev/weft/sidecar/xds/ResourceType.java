package dev.weft.sidecar.xds;

import java.util.Arrays;
import java.util.Optional;

/** The types of resources that a control plane sends. Their order is the one in which a change is safe to apply. */
public enum ResourceType {
    CLUSTER("envoy.config.cluster.v3.Cluster", "name", true),
    ENDPOINTS("envoy.config.endpoint.v3.ClusterLoadAssignment", "cluster_name", false),
    LISTENER("envoy.config.listener.v3.Listener", "name", true),
    ROUTES("envoy.config.route.v3.RouteConfiguration", "name", false),
    SECRET("envoy.extensions.transport_sockets.tls.v3.Secret", "name", false);

    private static final String PREFIX = "type.googleapis.com/";

    private final String messageType;
    private final String nameField;
    private final boolean wildcard;

    ResourceType(String messageType, String nameField, boolean wildcard) {
        this.messageType = messageType;
        this.nameField = nameField;
        this.wildcard = wildcard;
    }

    public static Optional<ResourceType> ofTypeUrl(String url) {
        return Arrays.stream(values())
                .filter(type -> type.typeUrl().equals(url))
                .findFirst();
    }

    public String typeUrl() {
        return PREFIX + messageType;
    }

    /** Full proto name. */
    public String messageType() {
        return messageType;
    }

    /** The field that holds the resource's name. */
    public String nameField() {
        return nameField;
    }

    /** Whether all there are is wanted, rather than those that others refer to. */
    public boolean wildcard() {
        return wildcard;
    }
}
