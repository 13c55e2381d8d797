package dev.weft.proxy.cluster;

import dev.weft.balance.PickContext;
import dev.weft.proxy.model.CircuitLimits;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterConfig.AddressFamily;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.EndpointConfig;
import dev.weft.proxy.model.HealthCheck;
import dev.weft.proxy.model.OutlierDetection;
import dev.weft.proxy.time.LoopTimer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Clusters on one hand-cranked loop, with scripted probes and names. */
final class ClusterHarness implements AutoCloseable {
    static final ClusterName WEB = new ClusterName("web");

    final MockTicker ticker = Ticker.newMockTicker();
    final EmbeddedChannel channel = EmbeddedChannel.builder().ticker(ticker).build();
    final LoopTimer timer = new LoopTimer(channel.eventLoop());
    final Probes probes = new Probes();
    final Names names = new Names();
    final Clusters clusters = new Clusters(
            () -> new Environment(
                    channel.eventLoop(),
                    timer,
                    new Random(7),
                    Runnable::run,
                    (_, _, address) -> probes.of(address),
                    names),
            () -> {});
    final PickContext context = new PickContext(new Random(11));

    Cluster web() {
        Cluster cluster = clusters.get(WEB);
        if (cluster == null) {
            throw new AssertionError("cluster web is not configured");
        }
        return cluster;
    }

    void apply(ClusterConfig... configs) {
        Map<ClusterName, ClusterConfig> all = new HashMap<>();
        for (ClusterConfig config : configs) {
            all.put(config.name(), config);
        }
        clusters.apply(all);
    }

    void crank(Duration time) {
        ticker.advance(time.toNanos(), TimeUnit.NANOSECONDS);
        channel.runScheduledPendingTasks();
    }

    /** Addresses that a hundred new requests are sent to. */
    Set<String> picked() {
        Set<String> addresses = new TreeSet<>();
        for (int i = 0; i < 100; i++) {
            context.reset();
            ClusterEndpoint endpoint = web().pick(context);
            if (endpoint != null) {
                addresses.add(endpoint.toString());
            }
        }
        return addresses;
    }

    @Override
    public void close() {
        clusters.close();
        channel.finishAndReleaseAll();
    }

    static Builder cluster() {
        return new Builder();
    }

    /** Cluster {@code web} with two endpoints unless told otherwise. */
    static final class Builder {
        private final ClusterConfig.Builder config = ClusterConfig.builder(WEB, fixed("10.0.0.1:80", "10.0.0.2:80"))
                .connectTimeout(Duration.ofSeconds(1))
                .idleTimeout(Duration.ofSeconds(60))
                .noOutlierDetection()
                .panicThreshold(0);

        Builder endpoints(String... addresses) {
            return discovery(fixed(addresses));
        }

        Builder discovery(ClusterConfig.Discovery discovery) {
            config.discovery(discovery);
            return this;
        }

        Builder checks(HealthCheck... checks) {
            config.healthChecks(List.of(checks));
            return this;
        }

        Builder outlier(OutlierDetection outlier) {
            config.outlierDetection(outlier);
            return this;
        }

        Builder limits(CircuitLimits limits) {
            config.limits(limits);
            return this;
        }

        Builder panicThreshold(int percent) {
            config.panicThreshold(percent);
            return this;
        }

        Builder protocol(ClusterConfig.UpstreamProtocol protocol) {
            config.protocol(protocol);
            return this;
        }

        ClusterConfig build() {
            return config.build();
        }

        private static ClusterConfig.Fixed fixed(String... addresses) {
            List<EndpointConfig> endpoints = new ArrayList<>();
            for (String address : addresses) {
                int colon = address.lastIndexOf(':');
                endpoints.add(
                        EndpointConfig.of(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))));
            }
            return new ClusterConfig.Fixed(endpoints);
        }
    }

    /** Answers as scripted per address: well where nothing is said, at once. */
    static final class Probes {
        final Map<String, String> unwell = new HashMap<>();
        final List<String> silent = new ArrayList<>();
        final List<String> degraded = new ArrayList<>();
        final List<String> asked = new ArrayList<>();
        int cancelled;
        int open;

        Probe of(InetSocketAddress address) {
            open++;
            return new Scripted(address.getAddress().getHostAddress() + ":" + address.getPort());
        }

        private final class Scripted implements Probe {
            private final String address;

            Scripted(String address) {
                this.address = address;
            }

            @Override
            public Question ask(Probe.Answer answer) {
                asked.add(address);
                String reason = unwell.get(address);
                if (reason != null) {
                    answer.unwell(reason);
                } else if (!silent.contains(address)) {
                    answer.well(degraded.contains(address));
                }
                return () -> cancelled++;
            }

            @Override
            public void close() {
                open--;
            }
        }
    }

    /** Names as scripted; an unknown one cannot be looked up. */
    static final class Names implements NameLookup {
        final Map<String, List<String>> known = new HashMap<>();
        int lookUps;

        @Override
        public void lookUp(String host, AddressFamily family, NameLookup.Answer answer) {
            lookUps++;
            List<String> addresses = known.get(host);
            if (addresses == null) {
                answer.failed("NXDOMAIN");
            } else {
                answer.found(addresses);
            }
        }
    }
}
