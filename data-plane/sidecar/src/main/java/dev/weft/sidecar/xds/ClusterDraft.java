package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ClusterConfig;
import java.time.Duration;
import java.util.Optional;

/**
 * A cluster as configured, before its endpoints are there. Immutable.
 *
 * @param config complete but for the endpoints, where EDS sends them
 * @param endpoints whose endpoints are waited for; empty where the cluster knows its own
 * @param byLocalityWeight whether a locality's share of requests is its weight, rather than that of its endpoints
 * @param loadReported whether the control plane that sent it wants to hear how much it is used
 */
public record ClusterDraft(
        ClusterConfig config, Optional<Remote> endpoints, boolean byLocalityWeight, boolean loadReported) {
    /**
     * @param name of the EDS resource
     * @param initialFetchTimeout how long the cluster waits for it; zero for ever
     */
    public record Remote(String name, Duration initialFetchTimeout) {}

    /** The cluster with the endpoints that EDS sent. */
    public ClusterConfig with(Assignment assignment) {
        return config.withDiscovery(new ClusterConfig.Fixed(assignment.endpoints(byLocalityWeight)));
    }
}
