package dev.weft.sidecar.bootstrap;

import dev.weft.proxy.model.ClientTls;
import dev.weft.sidecar.ads.AdsClient;
import dev.weft.sidecar.live.StaticResources;
import dev.weft.sidecar.xds.ResourceType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that a process is started with. Immutable.
 *
 * @param admin where the admin server listens
 * @param ads how control planes are asked; empty where the file says everything
 */
public record Bootstrap(
        NodeIdentity node, Optional<HostPort> admin, StaticResources statics, Optional<ControlPlaneSource> ads) {
    /** Full proto name of the message. */
    public static final String MESSAGE = "envoy.config.bootstrap.v3.Bootstrap";

    /**
     * @param addresses in order of preference
     * @param tls how connections to them are secured
     * @param authority of the requests; empty for the address
     * @param headers sent with each stream
     * @param types of which all there are is asked for
     */
    public record ControlPlaneSource(
            AdsClient.Variant variant,
            List<HostPort> addresses,
            Optional<ClientTls> tls,
            String authority,
            Map<String, String> headers,
            Set<ResourceType> types) {
        public ControlPlaneSource {
            addresses = List.copyOf(addresses);
            headers = Map.copyOf(headers);
            types = Set.copyOf(types);
        }
    }
}
