package dev.weft.proxy.model;

import java.util.List;

/**
 * What a running cluster looks like now, for admin pages and tests. An immutable picture; it does not follow the cluster.
 *
 * @param healthy endpoints that may be picked now
 * @param activeRequests on all loops
 * @param activeRetries of those
 * @param connections to all endpoints
 * @param panicking whether so few are healthy that all are used
 */
public record ClusterStatus(
        ClusterName name,
        List<EndpointStatus> endpoints,
        int healthy,
        boolean panicking,
        int activeRequests,
        int activeRetries,
        int connections) {
    public ClusterStatus {
        endpoints = List.copyOf(endpoints);
    }

    /**
     * @param address {@code host:port}
     * @param healthy whether it may be picked now
     * @param marks why not, or what else is known: {@code failed_active_check}, {@code ejected}, {@code draining}
     * @param requests tries that ended with a judgement of the endpoint, since it came
     * @param failures of those, the ones that failed: a status of 500 and above, or no response
     * @param reason what the last failed active check said, for people; empty while it passes
     */
    public record EndpointStatus(
            String address,
            int weight,
            int priority,
            String locality,
            boolean healthy,
            List<String> marks,
            String reason,
            int activeRequests,
            long requests,
            long failures) {
        public EndpointStatus {
            marks = List.copyOf(marks);
        }
    }
}
