package dev.weft.xds;

import io.grpc.BindableService;
import io.grpc.ServerInterceptors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * Thread-safe. An xDS v3 server: gRPC services that serve the snapshots of a {@link SnapshotSource}, and the knowledge
 * of how far every client has come.
 *
 * <p>It listens on nothing itself: add {@link #services} to a gRPC server. To rebalance connections, and not only
 * streams, over replicas, give that server a {@code maxConnectionAge} with a grace period (grpc-java adds the jitter).
 */
public final class XdsServer {
    private static final int MAX_LOAD_KEYS = 100_000;

    private final Serving serving;
    private final LoadReports loads = new LoadReports(MAX_LOAD_KEYS);

    private XdsServer(Serving serving) {
        this.serving = serving;
    }

    public static Builder builder(SnapshotSource source) {
        return new Builder(source);
    }

    /**
     * What to add to a gRPC server: aggregated discovery and discovery per type, each in both variants, load reporting,
     * and client status.
     */
    public List<BindableService> services() {
        PeerInterceptor peers = new PeerInterceptor();
        List<BindableService> services = new ArrayList<>(new DiscoveryServices(serving).all());
        services.add(new LoadReportingService(loads, serving.settings().loadReportInterval()));
        services.add(new ClientStatusService(serving.streams(), serving.threads()));
        return services.stream()
                .map(service -> (BindableService) () -> ServerInterceptors.intercept(service, peers))
                .toList();
    }

    /** What clients report about the load that they cause. */
    public LoadReports loads() {
        return loads;
    }

    /** Where every open stream stands, oldest first. */
    public List<StreamStatus> streams() {
        return serving.streams().all().stream()
                .map(DiscoveryStream::status)
                .flatMap(Optional::stream)
                .sorted(Comparator.comparingLong(status -> status.client().streamId()))
                .toList();
    }

    /** The streams that do not run everything up to this revision yet; empty once it is live everywhere. */
    public List<StreamStatus> behind(long revision) {
        return streams().stream().filter(status -> !status.liveAt(revision)).toList();
    }

    /**
     * Refuses new streams from now on and ends the open ones, evenly spread over a time, so that their clients do not
     * all reconnect at once. Then shut the gRPC server down, which sends GOAWAY.
     */
    public void drain(Duration over) {
        serving.streams().drain();
        Collection<DiscoveryStream<?, ?>> open = serving.streams().all();
        long step = open.isEmpty() ? 0 : over.toNanos() / open.size();
        long delay = 0;
        for (DiscoveryStream<?, ?> stream : open) {
            serving.clock().after(Duration.ofNanos(delay), stream::retire);
            delay += step;
        }
    }

    /** Confined to the thread that builds. */
    public static final class Builder {
        private final SnapshotSource source;
        private XdsObserver observer = XdsObserver.NONE;
        private Settings settings = Settings.DEFAULTS;
        private XdsClock clock = XdsClock.system();
        // Virtual, so that an observer which waits delays its own stream and no other.
        private Executor threads = Executors.newVirtualThreadPerTaskExecutor();
        private RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();

        private Builder(SnapshotSource source) {
            this.source = source;
        }

        public Builder observer(XdsObserver told) {
            this.observer = told;
            return this;
        }

        public Builder settings(Settings chosen) {
            this.settings = chosen;
            return this;
        }

        public Builder clock(XdsClock time) {
            this.clock = time;
            return this;
        }

        /** Where streams run; each stream runs one task at a time on it. */
        public Builder threads(Executor executor) {
            this.threads = executor;
            return this;
        }

        public Builder random(RandomGenerator source) {
            this.random = source;
            return this;
        }

        public XdsServer build() {
            StreamAdmission admission =
                    new StreamAdmission(settings.streamsPerSecond(), settings.maxWaitingStreams(), clock);
            return new XdsServer(
                    new Serving(source, observer, settings, clock, threads, random, new StreamRegistry(), admission));
        }
    }
}
