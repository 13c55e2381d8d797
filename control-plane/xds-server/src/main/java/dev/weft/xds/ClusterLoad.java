package dev.weft.xds;

import io.envoyproxy.envoy.config.core.v3.Locality;
import java.util.Map;

/**
 * Immutable. What clients together reported about one cluster's endpoints in one place, since the server started.
 *
 * @param succeeded requests that ended well
 * @param failed requests that ended in an error
 * @param issued requests that were sent
 * @param inProgress requests under way now, at the clients whose load streams are open
 */
public record ClusterLoad(Key key, long succeeded, long failed, long issued, long inProgress) {
    /**
     * Where load goes.
     *
     * @param service the name under which endpoints are discovered; empty where it is the cluster's own
     */
    public record Key(String cluster, String service, Locality locality, int priority) {}

    /** Requests that clients dropped, by the name of the rule that said so. */
    public record Drops(String cluster, long total, Map<String, Long> byCategory) {}

    ClusterLoad plus(ClusterLoad more) {
        return new ClusterLoad(
                key,
                succeeded + more.succeeded,
                failed + more.failed,
                issued + more.issued,
                inProgress + more.inProgress);
    }
}
