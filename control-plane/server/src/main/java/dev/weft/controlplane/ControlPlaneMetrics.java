package dev.weft.controlplane;

import dev.weft.controlplane.mesh.Mesh;
import dev.weft.controlplane.snapshot.MeshFollower;
import dev.weft.controlplane.snapshot.SnapshotPublisher;
import dev.weft.xds.StreamStatus;
import dev.weft.xds.XdsServer;
import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;

/** What the control plane knows of itself, read when it is scraped. Thread-safe; keeps nothing. */
final class ControlPlaneMetrics extends Collector {
    private final MeshFollower follower;
    private final SnapshotPublisher publisher;
    private final XdsServer xds;

    ControlPlaneMetrics(MeshFollower follower, SnapshotPublisher publisher, XdsServer xds) {
        this.follower = follower;
        this.publisher = publisher;
        this.xds = xds;
    }

    @Override
    public List<MetricFamilySamples> collect() {
        Mesh mesh = follower.mesh();
        List<StreamStatus> streams = xds.streams();
        long settled = publisher.groups().settledRevision();
        return List.of(
                gauge("weft_store_revision", "The store's revision as this replica sees it.", mesh.revision()),
                gauge("weft_config_revision", "The revision of the last apply.", mesh.configRevision()),
                gauge("weft_published_revision", "The revision that was published to every node it touches.", settled),
                gauge("weft_resources", "Applied resources.", mesh.resources().size()),
                gauge(
                        "weft_instances",
                        "Registered instances.",
                        mesh.instances().count()),
                gauge(
                        "weft_store_interrupted",
                        "1 while the store cannot be followed.",
                        follower.isInterrupted() ? 1 : 0),
                gauge("weft_xds_streams", "Open xDS streams.", streams.size()),
                gauge(
                        "weft_xds_streams_behind",
                        "Open xDS streams that do not run the published revision yet.",
                        streams.stream().filter(s -> !s.liveAt(settled)).count()),
                gauge(
                        "weft_xds_streams_refusing",
                        "Open xDS streams that refuse something.",
                        streams.stream()
                                .filter(s -> s.types().values().stream()
                                        .anyMatch(t -> t.refusal().isPresent()))
                                .count()));
    }

    private static GaugeMetricFamily gauge(String name, String help, long value) {
        return new GaugeMetricFamily(name, help, (double) value);
    }
}
