package dev.weft.xds;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Confined to the test's thread. A whole server in process. Everything runs on the caller's thread, so when a call
 * returns, all its consequences have happened: that a client stays silent can be asserted without waiting.
 */
final class TestServer implements AutoCloseable {
    static final String GROUP = "all";

    final HandCrankedClock clock = new HandCrankedClock();
    final Recorder observer = new Recorder();
    final SnapshotGroups<String> groups;
    final XdsServer xds;
    private final Server server;
    private final ManagedChannel channel;
    private Snapshot current = Snapshot.builder(0).build();

    TestServer() {
        this(Settings.DEFAULTS);
    }

    TestServer(Settings settings) {
        this.groups = new SnapshotGroups<>(new SnapshotGroups.Membership<>() {
            @Override
            public String groupOf(XdsClient client) {
                if (client.nodeId().equals("unwelcome")) {
                    throw io.grpc.Status.PERMISSION_DENIED
                            .withDescription("node unwelcome: not of this mesh")
                            .asRuntimeException();
                }
                return GROUP;
            }

            @Override
            public void opened(String key, XdsClient client) {
                if (current.revision() > 0) {
                    groups().publish(key, current);
                }
            }
        });
        this.xds = XdsServer.builder(groups)
                .observer(observer)
                .settings(settings)
                .clock(clock)
                .threads(Runnable::run)
                .random(new Random(7))
                .build();
        String name = InProcessServerBuilder.generateName();
        InProcessServerBuilder builder = InProcessServerBuilder.forName(name).directExecutor();
        xds.services().forEach(builder::addService);
        try {
            this.server = builder.build().start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    }

    private SnapshotGroups<String> groups() {
        return groups;
    }

    /** Publishes exactly these resources, and tells that the revision is settled. */
    TestServer publish(long revision, XdsResource... resources) {
        return publish(Content.snapshot(revision, resources));
    }

    TestServer publish(Snapshot snapshot) {
        current = snapshot;
        groups.publish(GROUP, snapshot);
        groups.settled(snapshot.revision());
        return this;
    }

    ManagedChannel channel() {
        return channel;
    }

    static Node node(String id, String... features) {
        return Node.newBuilder()
                .setId(id)
                .addAllClientFeatures(List.of(features))
                .build();
    }

    SotwClient sotw() {
        return sotw(node("n1"));
    }

    SotwClient sotw(Node node) {
        return new SotwClient(node, AggregatedDiscoveryServiceGrpc.newStub(channel)::streamAggregatedResources);
    }

    DeltaClient delta() {
        return delta(node("n1"));
    }

    DeltaClient delta(Node node) {
        return new DeltaClient(node, AggregatedDiscoveryServiceGrpc.newStub(channel)::deltaAggregatedResources);
    }

    StreamStatus status() {
        return xds.streams().getFirst();
    }

    void pass(Duration time) {
        clock.advance(time);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    /** Confined to the test's thread. Writes down what the server tells. */
    static final class Recorder implements XdsObserver {
        final List<String> events = new ArrayList<>();

        @Override
        public void opened(XdsClient client) {
            events.add("opened " + client.nodeId());
        }

        @Override
        public void closed(XdsClient client, StreamEnd end) {
            events.add("closed " + client.nodeId() + " " + end);
        }

        @Override
        public void acked(XdsClient client, ResourceType type, long revision, String version) {
            events.add("acked " + client.nodeId() + " " + type + "@" + revision);
        }

        @Override
        public void nacked(XdsClient client, ResourceType type, long revision, String version, String reason) {
            events.add("nacked " + client.nodeId() + " " + type + "@" + revision + ": " + reason);
        }

        @Override
        public void live(XdsClient client, long revision) {
            events.add("live " + client.nodeId() + "@" + revision);
        }
    }
}
