package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as configured, before its endpoints are there. Immutable.
 *
 * @param config complete but for the endpoints, where EDS sends them, and for TLS, where secrets of it are sent
 * @param endpoints whose endpoints are waited for; empty where the cluster knows its own
 * @param tls what TLS is used with, where secrets of it are waited for
 * @param byLocalityWeight whether a locality's share of requests is its weight, rather than that of its endpoints
 * @param loadReported whether the control plane that sent it wants to hear how much it is used
 */
public record ClusterDraft(
        ClusterConfig config,
        Optional<Remote> endpoints,
        Optional<TlsDraft.Client> tls,
        boolean byLocalityWeight,
        boolean loadReported) {
    /**
     * @param name of the EDS resource
     * @param initialFetchTimeout how long the cluster waits for it; zero for ever
     */
    public record Remote(String name, Duration initialFetchTimeout) {}

    /**
     * The cluster with what it waited for.
     *
     * @param assignment the endpoints that EDS sent; null for its own
     * @param secured TLS with the secrets that were sent; null for its own
     */
    public ClusterConfig with(@Nullable Assignment assignment, @Nullable ClientTls secured) {
        ClusterConfig.Builder populated = config.toBuilder();
        if (assignment != null) {
            populated.discovery(new ClusterConfig.Fixed(assignment.endpoints(byLocalityWeight)));
        }
        if (secured != null) {
            populated.tls(secured);
        }
        return populated.build();
    }
}
