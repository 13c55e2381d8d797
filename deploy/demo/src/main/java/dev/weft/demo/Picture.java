package dev.weft.demo;

import java.util.List;

/**
 * What the table shows, all of one moment. Immutable.
 *
 * @param rows by cluster, then endpoint
 * @param requests of the demo's client so far, and of them those that failed
 * @param retried tries of the proxies after a request's first
 */
record Picture(List<Row> rows, long requests, long failed, long retried) {
    Picture {
        rows = List.copyOf(rows);
    }

    /**
     * One endpoint of a cluster.
     *
     * @param route that leads there, with its share
     * @param endpoint name of the instance where it is the demo's, and its address
     * @param success share of requests to it that did not fail since the last picture, 0 to 1; NaN where there were none
     * @param p50Nanos of the client's requests that it answered since the last picture; 0 where there were none
     * @param retries of the cluster, so far
     * @param health "healthy", or why not
     */
    record Row(
            String route,
            String cluster,
            String endpoint,
            double requestsPerSecond,
            double success,
            long p50Nanos,
            long p99Nanos,
            long retries,
            String health) {
        boolean healthy() {
            return health.equals("healthy");
        }
    }
}
