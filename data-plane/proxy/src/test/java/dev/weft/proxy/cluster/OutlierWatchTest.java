package dev.weft.proxy.cluster;

import static dev.weft.proxy.cluster.ClusterHarness.cluster;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.balance.health.Outcome;
import dev.weft.proxy.model.OutlierDetection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Ejections: from outcomes on any loop to picks, and back in time. The rules themselves are tested in the balance module. */
final class OutlierWatchTest {
    private static final OutlierDetection AFTER_THREE = new OutlierDetection(
            3, 0, 0, Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(60), 10, false, 5, 100, 1900);

    private final ClusterHarness harness = new ClusterHarness();

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void anEndpointThatFailsIsEjectedAndLetBackIn() {
        List<String> changed = new ArrayList<>();
        harness.clusters.addListener(new ClusterListener() {
            @Override
            public void healthChanged(Cluster cluster, ClusterEndpoint endpoint) {
                changed.add(endpoint.toString());
            }
        });
        harness.apply(cluster().outlier(AFTER_THREE).build());
        fail("10.0.0.1:80", 3);
        assertThat(harness.picked()).containsExactly("10.0.0.2:80");
        assertThat(harness.web().status().endpoints().getFirst().marks()).containsExactly("ejected");
        harness.crank(Duration.ofSeconds(4));
        assertThat(harness.picked()).hasSize(1);
        harness.crank(Duration.ofSeconds(2));
        harness.crank(Duration.ofSeconds(2));
        assertThat(harness.picked()).hasSize(2);
        assertThat(changed).containsExactly("10.0.0.1:80", "10.0.0.1:80");
    }

    @Test
    void anUpdateOfEndpointsKeepsAnEjection() {
        harness.apply(cluster().outlier(AFTER_THREE).build());
        fail("10.0.0.1:80", 3);
        harness.apply(cluster()
                .outlier(AFTER_THREE)
                .endpoints("10.0.0.1:80", "10.0.0.3:80")
                .build());
        assertThat(harness.picked()).containsExactly("10.0.0.3:80");
    }

    @Test
    void withoutDetectionEjectionsAreLifted() {
        harness.apply(cluster().outlier(AFTER_THREE).build());
        fail("10.0.0.1:80", 3);
        harness.apply(cluster().build());
        assertThat(harness.picked()).hasSize(2);
    }

    @Test
    void abandonedAttemptsSayNothing() {
        harness.apply(cluster().outlier(AFTER_THREE).build());
        for (int i = 0; i < 20; i++) {
            harness.context.reset();
            ClusterEndpoint endpoint = Objects.requireNonNull(harness.web().pick(harness.context));
            harness.web().attemptStarted(endpoint, harness.context);
            harness.web().attemptAbandoned(endpoint);
        }
        assertThat(harness.picked()).hasSize(2);
        assertThat(harness.web().status().endpoints()).allMatch(endpoint -> endpoint.requests() == 0);
        assertThat(harness.web().status().endpoints()).allMatch(endpoint -> endpoint.activeRequests() == 0);
    }

    private void fail(String address, int times) {
        int failed = 0;
        for (int i = 0; i < 100 && failed < times; i++) {
            harness.context.reset();
            ClusterEndpoint endpoint = Objects.requireNonNull(harness.web().pick(harness.context));
            harness.web().attemptStarted(endpoint, harness.context);
            boolean victim = endpoint.toString().equals(address);
            harness.web().attemptEnded(endpoint, victim ? Outcome.SERVER_ERROR : Outcome.SUCCESS);
            failed += victim ? 1 : 0;
        }
        assertThat(failed).isEqualTo(times);
    }
}
