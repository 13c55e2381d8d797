package dev.weft.xds;

import java.util.Locale;

/**
 * Immutable. A type of xDS resources, named by the type URL that requests and responses carry.
 *
 * @param typeUrl for instance {@code type.googleapis.com/envoy.config.cluster.v3.Cluster}
 */
public record ResourceType(String typeUrl) implements Comparable<ResourceType> {
    private static final String PREFIX = "type.googleapis.com/";

    public static final ResourceType CLUSTER = of("envoy.config.cluster.v3.Cluster");
    public static final ResourceType ENDPOINT = of("envoy.config.endpoint.v3.ClusterLoadAssignment");
    public static final ResourceType SECRET = of("envoy.extensions.transport_sockets.tls.v3.Secret");
    public static final ResourceType LISTENER = of("envoy.config.listener.v3.Listener");
    public static final ResourceType ROUTE = of("envoy.config.route.v3.RouteConfiguration");

    public ResourceType {
        if (typeUrl.indexOf('/') < 0) {
            throw new IllegalArgumentException("type_url: \"" + typeUrl + "\" (expected: prefix/full.message.Name)");
        }
    }

    /** The type of messages called {@code fullName}, under the usual prefix. */
    public static ResourceType of(String fullName) {
        return new ResourceType(PREFIX + fullName);
    }

    /** Whether a state-of-the-world response of this type is the complete set, so that absence deletes. */
    public boolean isComplete() {
        return equals(LISTENER) || equals(CLUSTER);
    }

    /** Whether a stream's first request without names means every resource of this type. */
    boolean allowsLegacyWildcard() {
        return isComplete();
    }

    /** The place in the order in which additions are made: clusters, their endpoints, listeners, routes. */
    private int rank() {
        return switch (this) {
            case ResourceType t when t.equals(CLUSTER) -> 0;
            case ResourceType t when t.equals(ENDPOINT) -> 1;
            case ResourceType t when t.equals(SECRET) -> 2;
            case ResourceType t when t.equals(LISTENER) -> 3;
            case ResourceType t when t.equals(ROUTE) -> 4;
            case ResourceType _ -> 5;
        };
    }

    /** What people call it: {@code cluster}, {@code clusterloadassignment}, {@code listener} … */
    public String shortName() {
        return typeUrl.substring(Math.max(typeUrl.lastIndexOf('/'), typeUrl.lastIndexOf('.')) + 1)
                .toLowerCase(Locale.ROOT);
    }

    @Override
    public int compareTo(ResourceType other) {
        int byRank = Integer.compare(rank(), other.rank());
        return byRank != 0 ? byRank : typeUrl.compareTo(other.typeUrl);
    }

    @Override
    public String toString() {
        return shortName();
    }
}
