package dev.weft.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.CertificateExpiry;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.ClusterStatus;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Configuration that comes and goes leaves no numbers behind for ever. */
class DeparturesTest {
    private static final ClusterName KEPT = new ClusterName("kept");
    private static final ClusterName GONE = new ClusterName("gone");

    private long nanos = 1;
    private final ProxyMetrics metrics = new ProxyMetrics(new Nothing(), () -> nanos);
    private final LoopTelemetry loop = metrics.newLoop();

    private void pass(double share) {
        nanos += (long) (Departures.KEPT_NANOS * share);
    }

    private void beginAndLeave() {
        metrics.configured(Set.of("kept", "gone"), Set.of(KEPT, GONE));
        for (ClusterName name : List.of(KEPT, GONE)) {
            loop.cluster(name).started();
            loop.cluster(name).ended(200, 1);
            loop.tcpCluster(name).begun();
            loop.tcpCluster(name).ended();
            loop.listener(name.value()).started();
            loop.listener(name.value()).ended(200, 1);
            loop.tcpListener(name.value()).begun();
            loop.tcpListener(name.value()).ended();
        }
        metrics.configured(Set.of("kept"), Set.of(KEPT));
    }

    private String shown() {
        return metrics.collect().toString();
    }

    @Test
    void whatIsGoneIsShownForAWhileAndThenNoMore() {
        beginAndLeave();
        pass(0.9);
        assertThat(shown()).contains("gone");
        pass(0.2);
        assertThat(shown()).as("for the last time").contains("gone");
        assertThat(shown()).doesNotContain("gone").contains("kept");
        assertThat(loop.clusters()).containsOnlyKeys(KEPT);
        assertThat(loop.tcpClusters()).containsOnlyKeys(KEPT);
        assertThat(loop.listeners()).containsOnlyKeys("kept");
        assertThat(loop.tcpListeners()).containsOnlyKeys("kept");
    }

    @Test
    void itLeavesWithTheNextConfigurationWhereNobodyScrapes() {
        beginAndLeave();
        pass(1);
        metrics.configured(Set.of("kept"), Set.of(KEPT));
        assertThat(loop.clusters()).containsOnlyKeys(KEPT);
    }

    @Test
    void whatIsInProgressIsWaitedFor() {
        beginAndLeave();
        loop.cluster(GONE).started();
        loop.tcpListener("gone").begun();
        pass(2);
        shown();
        assertThat(loop.clusters()).containsKey(GONE);
        assertThat(loop.tcpListeners()).containsKey("gone");

        loop.cluster(GONE).ended(200, 1);
        loop.tcpListener("gone").ended();
        shown();
        assertThat(shown()).doesNotContain("gone");
    }

    @Test
    void whatComesBackInTimeGoesOn() {
        beginAndLeave();
        pass(0.9);
        metrics.configured(Set.of("kept", "gone"), Set.of(KEPT, GONE));
        pass(1);
        shown();
        metrics.configured(Set.of("kept"), Set.of(KEPT));
        pass(0.9);
        shown();
        assertThat(loop.clusters()).containsKeys(KEPT, GONE);
    }

    private static final class Nothing implements ProxyMetrics.Gauges {
        @Override
        public int downstreamConnections() {
            return 0;
        }

        @Override
        public long downstreamConnectionsRefused() {
            return 0;
        }

        @Override
        public Map<String, Long> downstreamTlsFailures() {
            return Map.of();
        }

        @Override
        public Map<String, Long> downstreamProxyHeaderFailures() {
            return Map.of();
        }

        @Override
        public Map<String, Long> downstreamChainFailures() {
            return Map.of();
        }

        @Override
        public List<CertificateExpiry> certificates() {
            return List.of();
        }

        @Override
        public Map<String, Long> filterFailures() {
            return Map.of();
        }

        @Override
        public List<ClusterStatus> clusters() {
            return List.of();
        }

        @Override
        public long accessLogDropped() {
            return 0;
        }
    }
}
