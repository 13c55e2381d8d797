package dev.weft.sidecar.discovery;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.List;

/**
 * {@code LoadStatsRequest}. Immutable.
 *
 * @param node as {@code Node} bytes; empty on all but the first request of a stream
 */
public record LoadStatsRequest(ByteString node, List<ClusterLoad> clusters) {
    /**
     * What a cluster did in an interval.
     *
     * @param service name of its EDS resource, where that is another
     */
    public record ClusterLoad(String name, String service, Duration interval, List<LocalityLoad> localities) {
        private ByteString message() {
            WireWriter message = new WireWriter().string(1, name);
            localities.forEach(locality -> message.bytes(2, locality.message()));
            return message.bytes(
                            4,
                            new WireWriter()
                                    .count(1, interval.getSeconds())
                                    .count(2, interval.getNano())
                                    .message())
                    .string(6, service)
                    .message();
        }
    }

    /**
     * What the endpoints of one locality and priority did.
     *
     * @param locality region, zone and sub-zone with slashes between
     * @param succeeded attempts that ended well in the interval
     * @param running attempts that are under way now
     * @param failed attempts that ended with a status of 500 and above, or without a response
     * @param issued attempts that began in the interval
     */
    public record LocalityLoad(String locality, int priority, long succeeded, long running, long failed, long issued) {
        private ByteString message() {
            String[] parts = locality.split("/", -1);
            WireWriter place = new WireWriter();
            for (int i = 0; i < parts.length; i++) {
                place.string(i + 1, parts[i]);
            }
            return new WireWriter()
                    .bytes(1, place.message())
                    .count(2, succeeded)
                    .count(3, running)
                    .count(4, failed)
                    .count(6, priority)
                    .count(8, issued)
                    .message();
        }
    }

    ByteString message() {
        WireWriter message = new WireWriter();
        if (!node.isEmpty()) {
            message.bytes(1, node);
        }
        clusters.forEach(cluster -> message.bytes(2, cluster.message()));
        return message.message();
    }
}
