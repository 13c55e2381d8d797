package dev.weft.proxy.cluster;

import static dev.weft.proxy.cluster.ClusterHarness.cluster;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.balance.health.Outcome;
import dev.weft.proxy.model.CircuitLimits;
import dev.weft.proxy.model.ClusterConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What stays and what changes when clusters are configured anew, and the permits. */
final class ClusterTest {
    private final ClusterHarness harness = new ClusterHarness();
    private final List<String> retired = new ArrayList<>();

    ClusterTest() {
        harness.clusters.addListener(new ClusterListener() {
            @Override
            public void endpointRetired(Cluster cluster, ClusterEndpoint endpoint) {
                retired.add(endpoint.toString());
            }
        });
    }

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void everyEndpointIsPicked() {
        harness.apply(cluster().build());
        assertThat(harness.picked()).containsExactly("10.0.0.1:80", "10.0.0.2:80");
    }

    @Test
    void aClusterWithoutEndpointsPicksNoneAndSaysThatItIsEmpty() {
        harness.apply(cluster().endpoints().build());
        assertThat(harness.web().pick(harness.context)).isNull();
        assertThat(harness.web().isEmpty()).isTrue();
    }

    @Test
    void aRetryGoesElsewhereWhileThereIsAnother() {
        harness.apply(cluster().build());
        for (int i = 0; i < 20; i++) {
            harness.context.reset();
            ClusterEndpoint first = pick();
            harness.web().attemptStarted(first, harness.context);
            ClusterEndpoint second = pick();
            assertThat(second).isNotSameAs(first);
            harness.web().attemptEnded(first, Outcome.LOCAL_FAILURE);
        }
    }

    @Test
    void anUpdateOfEndpointsKeepsTheOnesThatStay() {
        harness.apply(cluster().build());
        Cluster before = harness.web();
        ClusterEndpoint stays = endpoint("10.0.0.1:80");
        before.attemptStarted(stays, harness.context);
        harness.apply(cluster().endpoints("10.0.0.1:80", "10.0.0.3:80").build());
        assertThat(harness.web()).isSameAs(before);
        assertThat(endpoint("10.0.0.1:80")).isSameAs(stays);
        assertThat(harness.web().status().endpoints().getFirst().activeRequests())
                .isEqualTo(1);
        assertThat(retired).containsExactly("10.0.0.2:80");
        assertThat(harness.picked()).containsExactly("10.0.0.1:80", "10.0.0.3:80");
        before.attemptEnded(stays, Outcome.SUCCESS);
        assertThat(harness.web().status().endpoints().getFirst().requests()).isEqualTo(1);
    }

    @Test
    void aChangeOfProtocolMakesNewDestinationsAndKeepsTheirTotals() {
        harness.apply(cluster().build());
        ClusterEndpoint before = endpoint("10.0.0.1:80");
        harness.web().attemptStarted(before, harness.context);
        harness.web().attemptEnded(before, Outcome.SERVER_ERROR);
        harness.apply(cluster().protocol(ClusterConfig.UpstreamProtocol.HTTP2).build());
        assertThat(endpoint("10.0.0.1:80")).isNotSameAs(before);
        assertThat(retired).containsExactlyInAnyOrder("10.0.0.1:80", "10.0.0.2:80");
        assertThat(endpoint("10.0.0.1:80").failures()).isEqualTo(1);
    }

    @Test
    void aRemovedClusterKeepsItsConnectionsUntilItsLastRequest() {
        harness.apply(cluster().build());
        Cluster removed = harness.web();
        assertThat(removed.tryTakeRequest()).isTrue();
        harness.apply();
        assertThat(harness.clusters.get(ClusterHarness.WEB)).isNull();
        assertThat(retired).isEmpty();
        assertThat(removed.pick(harness.context)).isNotNull();
        removed.returnRequest();
        assertThat(retired).containsExactlyInAnyOrder("10.0.0.1:80", "10.0.0.2:80");
    }

    @Test
    void aListenerMayTakeItselfOffInTheCall() {
        ClusterListener once = new ClusterListener() {
            @Override
            public void endpointRetired(Cluster cluster, ClusterEndpoint endpoint) {
                harness.clusters.removeListener(this);
                retired.add("once");
            }
        };
        harness.clusters.addListener(once);
        harness.apply(cluster().build());
        harness.apply();
        assertThat(retired).containsOnlyOnce("once").hasSize(3);
    }

    @Test
    void permitsAreExactUnderConcurrency() throws InterruptedException, ExecutionException {
        harness.apply(
                cluster().limits(new CircuitLimits(1024, 1024, 5, 3, 20, 3)).build());
        Cluster cluster = harness.web();
        AtomicInteger taken = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                all.add(threads.submit(() -> {
                    go.await();
                    for (int i = 0; i < 20_000; i++) {
                        if (cluster.tryTakeRequest()) {
                            most.accumulateAndGet(taken.incrementAndGet(), Math::max);
                            taken.decrementAndGet();
                            cluster.returnRequest();
                        }
                    }
                    return null;
                }));
            }
            go.countDown();
            for (Future<?> thread : all) {
                thread.get();
            }
        }
        assertThat(most).hasValueLessThanOrEqualTo(5);
        assertThat(cluster.status().activeRequests()).isZero();
        for (int i = 0; i < 5; i++) {
            assertThat(cluster.tryTakeRequest()).isTrue();
        }
        assertThat(cluster.tryTakeRequest()).isFalse();
    }

    @Test
    void aPermitReturnedTwiceIsAnError() {
        harness.apply(cluster().build());
        assertThat(harness.web().tryTakeConnection()).isTrue();
        harness.web().returnConnection();
        assertThatThrownBy(() -> harness.web().returnConnection()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void limitsMayChangeWhilePermitsAreTaken() {
        harness.apply(cluster().limits(new CircuitLimits(2, 0, 1024, 1, 0, 0)).build());
        Cluster cluster = harness.web();
        assertThat(cluster.tryTakePending()).isFalse();
        assertThat(cluster.tryTakeConnection()).isTrue();
        assertThat(cluster.tryTakeConnection()).isTrue();
        assertThat(cluster.tryTakeRetry()).isTrue();
        assertThat(cluster.tryTakeRetry()).isFalse();
        harness.apply(cluster().limits(new CircuitLimits(1, 0, 1024, 1, 20, 3)).build());
        cluster.returnConnection();
        assertThat(cluster.tryTakeConnection()).isFalse();
        cluster.returnConnection();
        assertThat(cluster.tryTakeConnection()).isTrue();
        assertThat(cluster.tryTakeRetry()).isTrue();
        assertThat(cluster.tryTakeRetry()).isTrue();
        assertThat(cluster.tryTakeRetry()).isFalse();
    }

    @Test
    void aRetryBudgetGrowsWithTheRequestsInProgress() {
        harness.apply(cluster().build());
        for (int i = 0; i < 50; i++) {
            assertThat(harness.web().tryTakeRequest()).isTrue();
        }
        int retries = 0;
        while (harness.web().tryTakeRetry()) {
            retries++;
        }
        assertThat(retries).isEqualTo(10);
    }

    private ClusterEndpoint pick() {
        return Objects.requireNonNull(harness.web().pick(harness.context));
    }

    private ClusterEndpoint endpoint(String address) {
        for (int i = 0; i < 100; i++) {
            harness.context.reset();
            ClusterEndpoint endpoint = pick();
            if (endpoint.toString().equals(address)) {
                return endpoint;
            }
        }
        throw new AssertionError(address + " is not picked");
    }
}
