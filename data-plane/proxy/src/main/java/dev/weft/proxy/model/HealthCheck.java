package dev.weft.proxy.model;

import java.time.Duration;
import java.util.List;

/**
 * An active check of every endpoint.
 *
 * @param interval from one check to the next
 * @param timeout for one check
 * @param unhealthyThreshold failures in a row that make an endpoint unhealthy
 * @param healthyThreshold successes in a row that bring it back (the first ever success counts at once)
 * @param port 0 for the endpoint's own
 */
public record HealthCheck(
        Probe probe, Duration interval, Duration timeout, int unhealthyThreshold, int healthyThreshold, int port) {
    /** What is asked. */
    public sealed interface Probe permits HttpProbe, TcpProbe, GrpcProbe {}

    /**
     * @param host value of Host; empty for the cluster's name
     * @param expectedStatuses inclusive ranges; empty for 200 only
     */
    public record HttpProbe(String path, String host, boolean http2, List<StatusRange> expectedStatuses)
            implements Probe {
        public HttpProbe {
            expectedStatuses = List.copyOf(expectedStatuses);
            Check.path(path, "path");
            if (!host.isEmpty()) {
                Check.authority(host, "host");
            }
        }
    }

    /** A connection that opens is healthy. */
    public record TcpProbe() implements Probe {}

    /** {@code grpc.health.v1.Health/Check}. */
    public record GrpcProbe(String service, String authority) implements Probe {}

    /** Both ends included. */
    public record StatusRange(int from, int to) {}

    public HealthCheck {
        Check.positive(interval, "interval");
        Check.positive(timeout, "timeout");
        Check.range(unhealthyThreshold, 1, 1000, "unhealthy_threshold");
        Check.range(healthyThreshold, 1, 1000, "healthy_threshold");
        Check.range(port, 0, 65535, "port");
    }
}
