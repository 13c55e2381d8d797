package dev.weft.proxy.cluster;

import static dev.weft.proxy.cluster.ClusterHarness.cluster;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClusterStatus.EndpointStatus;
import dev.weft.proxy.model.HealthCheck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When and how often endpoints are checked, and what their results do to picks. */
final class ActiveCheckTest {
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration TIMEOUT = Duration.ofMillis(200);
    private static final Duration TICK = Duration.ofMillis(10);
    private static final HealthCheck EVERY_SECOND =
            new HealthCheck(new HealthCheck.TcpProbe(), INTERVAL, TIMEOUT, 2, 3, 0);

    private final ClusterHarness harness = new ClusterHarness();

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void theFirstCheckIsMadeAtOnceAndBelieved() {
        harness.probes.unwell.put("10.0.0.1:80", "refused");
        harness.apply(cluster().checks(EVERY_SECOND).build());
        assertThat(harness.probes.asked).containsExactly("10.0.0.1:80", "10.0.0.2:80");
        assertThat(harness.picked()).containsExactly("10.0.0.2:80");
        assertThat(status("10.0.0.1:80").marks()).containsExactly("failed_active_check");
        assertThat(status("10.0.0.1:80").reason()).isEqualTo("refused");
        assertThat(status("10.0.0.2:80").reason()).isEmpty();
    }

    @Test
    void aCheckIsRepeatedEveryIntervalShortenedByAtMostATenth() {
        harness.apply(cluster().endpoints("10.0.0.1:80").checks(EVERY_SECOND).build());
        for (int i = 0; i < 100; i++) {
            harness.crank(Duration.ofMillis(100));
        }
        assertThat(harness.probes.asked).hasSizeBetween(10, 12);
    }

    @Test
    void anEndpointThatDiesIsOutAfterTheThresholdAndBackAfterItsOwn() {
        harness.apply(cluster().checks(EVERY_SECOND).build());
        assertThat(harness.picked()).hasSize(2);
        harness.probes.unwell.put("10.0.0.1:80", "refused");
        harness.crank(INTERVAL.plus(TICK));
        assertThat(harness.picked()).hasSize(2);
        harness.crank(INTERVAL.plus(TICK));
        assertThat(harness.picked()).containsExactly("10.0.0.2:80");
        harness.probes.unwell.clear();
        harness.crank(INTERVAL.plus(TICK));
        harness.crank(INTERVAL.plus(TICK));
        assertThat(harness.picked()).hasSize(1);
        harness.crank(INTERVAL.plus(TICK));
        assertThat(harness.picked()).hasSize(2);
    }

    @Test
    void noAnswerIsAFailureAtTheTimeoutAndTheQuestionIsCancelled() {
        harness.apply(cluster().checks(EVERY_SECOND).build());
        harness.probes.silent.add("10.0.0.1:80");
        for (int i = 0; i < 220; i++) {
            harness.crank(TICK);
        }
        assertThat(harness.picked()).containsExactly("10.0.0.2:80");
        assertThat(harness.probes.cancelled).isEqualTo(2);
    }

    @Test
    void allServeUntilOneIsKnownToBeHealthyAndThenOnlyThoseThatAre() {
        harness.probes.silent.addAll(List.of("10.0.0.1:80", "10.0.0.2:80"));
        harness.apply(cluster().checks(EVERY_SECOND).build());
        assertThat(harness.picked()).hasSize(2);
        harness.probes.silent.remove("10.0.0.2:80");
        HealthCheck patient = new HealthCheck(new HealthCheck.TcpProbe(), INTERVAL, Duration.ofSeconds(5), 2, 3, 0);
        harness.apply(cluster().checks(patient).build());
        assertThat(harness.picked()).containsExactly("10.0.0.2:80");
        assertThat(status("10.0.0.1:80").marks()).containsExactly("awaiting_first_check");
    }

    @Test
    void aNewcomerServesAfterItsFirstCheckWhileOthersAreHealthy() {
        harness.apply(cluster().checks(EVERY_SECOND).build());
        harness.probes.silent.add("10.0.0.3:80");
        harness.apply(cluster()
                .endpoints("10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80")
                .checks(EVERY_SECOND)
                .build());
        assertThat(harness.picked()).containsExactly("10.0.0.1:80", "10.0.0.2:80");
        harness.probes.silent.clear();
        harness.crank(INTERVAL.plus(TICK));
        harness.crank(INTERVAL.plus(TICK));
        harness.crank(INTERVAL.plus(TICK));
        harness.crank(INTERVAL.plus(TICK));
        assertThat(harness.picked()).contains("10.0.0.3:80");
    }

    @Test
    void anUpdateOfEndpointsDisturbsNoCheckOfThoseThatStay() {
        harness.apply(cluster().checks(EVERY_SECOND).build());
        harness.probes.unwell.put("10.0.0.1:80", "refused");
        harness.crank(INTERVAL.plus(TICK));
        harness.crank(INTERVAL.plus(TICK));
        harness.probes.asked.clear();
        harness.apply(cluster()
                .endpoints("10.0.0.1:80", "10.0.0.3:80")
                .checks(EVERY_SECOND)
                .build());
        assertThat(harness.probes.asked).containsExactly("10.0.0.3:80");
        assertThat(harness.picked()).containsExactly("10.0.0.3:80");
        assertThat(harness.probes.open).isEqualTo(2);
    }

    @Test
    void withoutChecksNothingFoundByThemCounts() {
        harness.probes.unwell.put("10.0.0.1:80", "refused");
        harness.apply(cluster().checks(EVERY_SECOND).build());
        harness.apply(cluster().build());
        assertThat(harness.picked()).hasSize(2);
        assertThat(harness.probes.open).isZero();
    }

    @Test
    void anEndpointIsHealthyOnlyWhileAllChecksPass() {
        HealthCheck onAnotherPort = new HealthCheck(new HealthCheck.TcpProbe(), INTERVAL, TIMEOUT, 1, 1, 9000);
        harness.probes.unwell.put("10.0.0.1:9000", "refused");
        harness.apply(cluster().checks(EVERY_SECOND, onAnotherPort).build());
        assertThat(harness.picked()).containsExactly("10.0.0.2:80");
    }

    @Test
    void whereTooFewAreHealthyAllAreUsed() {
        harness.probes.unwell.put("10.0.0.1:80", "refused");
        harness.probes.unwell.put("10.0.0.2:80", "refused");
        harness.apply(cluster().checks(EVERY_SECOND).panicThreshold(50).build());
        assertThat(harness.picked()).hasSize(2);
        assertThat(harness.web().status().panicking()).isTrue();
        harness.apply(cluster().checks(EVERY_SECOND).panicThreshold(0).build());
        assertThat(harness.picked()).isEmpty();
        assertThat(harness.web().isEmpty()).isFalse();
    }

    @Test
    void aDegradedEndpointIsUsedLast() {
        harness.probes.degraded.add("10.0.0.1:80");
        harness.apply(cluster().checks(EVERY_SECOND).build());
        assertThat(status("10.0.0.1:80").marks()).containsExactly("degraded");
    }

    @Test
    void listenersAreToldOfChanges() {
        List<String> changed = new ArrayList<>();
        harness.clusters.addListener(new ClusterListener() {
            @Override
            public void healthChanged(Cluster cluster, ClusterEndpoint endpoint) {
                changed.add(endpoint.toString());
            }
        });
        harness.apply(cluster().checks(EVERY_SECOND).build());
        harness.probes.unwell.put("10.0.0.1:80", "refused");
        harness.crank(INTERVAL.plus(TICK));
        harness.crank(INTERVAL.plus(TICK));
        harness.crank(INTERVAL.plus(TICK));
        assertThat(changed).containsOnlyOnce("10.0.0.1:80");
    }

    @Test
    void aRemovedClusterIsCheckedNoMore() {
        harness.apply(cluster().checks(EVERY_SECOND).build());
        harness.apply();
        harness.probes.asked.clear();
        harness.crank(INTERVAL.multipliedBy(10));
        assertThat(harness.probes.asked).isEmpty();
        assertThat(harness.probes.open).isZero();
    }

    private EndpointStatus status(String address) {
        return harness.web().status().endpoints().stream()
                .filter(endpoint -> endpoint.address().equals(address))
                .findFirst()
                .orElseThrow();
    }
}
