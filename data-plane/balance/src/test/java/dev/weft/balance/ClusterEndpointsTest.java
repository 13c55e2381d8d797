package dev.weft.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.balance.policy.RandomChoice;
import dev.weft.balance.policy.RoundRobin;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ClusterEndpointsTest {

    private final AtomicLong clock = new AtomicLong(1_000_000);
    private final EndpointSettings settings = EndpointSettings.of(new RandomChoice());
    private final ClusterEndpoints cluster = cluster(settings);

    @Test
    void aClusterWithoutEndpointsSaysThatNoneAreKnown() {
        assertThat(cluster.pick(context())).isEqualTo(Pick.None.NONE_KNOWN);
    }

    @Test
    void aClusterOfUnhealthyEndpointsSaysSoWhereItMayNotPanic() {
        cluster.reconfigure(settings.withPanicThresholdPercent(0));
        cluster.update(configs(2));
        cluster.endpoints().forEach(endpoint -> cluster.mark(endpoint, HealthMark.ACTIVE_CHECK_FAILED, true));

        assertThat(cluster.pick(context())).isEqualTo(Pick.None.NONE_HEALTHY);
        assertThat(cluster.inPanic()).isFalse();
    }

    @Test
    void aClusterOfUnhealthyEndpointsUsesThemAllInPanic() {
        cluster.update(configs(2));
        cluster.endpoints().forEach(endpoint -> cluster.mark(endpoint, HealthMark.ACTIVE_CHECK_FAILED, true));

        assertThat(cluster.inPanic()).isTrue();
        assertThat(picked(200).keySet()).containsExactly("10.0.0.1:80", "10.0.0.2:80");
    }

    @Test
    void halfOfTheEndpointsHealthyIsNoPanicYetAndLessIs() {
        cluster.update(configs(4));
        markFirst(2, HealthMark.ACTIVE_CHECK_FAILED);
        assertThat(picked(200).keySet()).containsExactly("10.0.0.3:80", "10.0.0.4:80");

        markFirst(3, HealthMark.ACTIVE_CHECK_FAILED);
        assertThat(picked(400)).hasSize(4);
    }

    @Test
    void marksAreIndependentReasons() {
        cluster.update(configs(2));
        Endpoint one = cluster.endpoints().get(0);

        assertThat(cluster.mark(one, HealthMark.OUTLIER_EJECTED, true)).isTrue();
        assertThat(cluster.mark(one, HealthMark.OUTLIER_EJECTED, true)).isFalse();
        cluster.mark(one, HealthMark.ACTIVE_CHECK_FAILED, true);
        cluster.mark(one, HealthMark.OUTLIER_EJECTED, false);

        assertThat(one.health()).isEqualTo(Health.UNHEALTHY);
        cluster.mark(one, HealthMark.ACTIVE_CHECK_FAILED, false);
        assertThat(one.health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void weightZeroDrains() {
        List<EndpointConfig> configs = configs(3);
        configs.set(0, configs.get(0).withWeight(0));
        cluster.update(configs);

        assertThat(picked(300).keySet()).containsExactly("10.0.0.2:80", "10.0.0.3:80");
        cluster.update(configs.stream().map(config -> config.withWeight(0)).toList());
        assertThat(cluster.pick(context())).isEqualTo(Pick.None.NONE_HEALTHY);
    }

    @Test
    void drainingEndpointsGetNoNewRequests() {
        List<EndpointConfig> configs = configs(3);
        configs.set(0, configs.get(0).withHealth(DeclaredHealth.DRAINING));
        cluster.update(configs);

        assertThat(picked(300).keySet()).containsExactly("10.0.0.2:80", "10.0.0.3:80");
    }

    @Test
    void degradedEndpointsWaitUntilTheHealthyOnesAreTooFew() {
        List<EndpointConfig> configs = configs(4);
        configs.set(0, configs.get(0).withHealth(DeclaredHealth.DEGRADED));
        cluster.update(configs);
        assertThat(picked(300)).doesNotContainKey("10.0.0.1:80");

        markFirst(3, HealthMark.ACTIVE_CHECK_DEGRADED);
        assertThat(picked(2_000)).containsKey("10.0.0.1:80"); // one of four healthy carries 35 %
    }

    @Test
    void theNextPriorityTakesOverGradually() {
        List<EndpointConfig> configs = configs(4);
        configs.set(2, configs.get(2).withPriority(1));
        configs.set(3, configs.get(3).withPriority(1));
        cluster.update(configs);
        assertThat(picked(300).keySet()).containsExactly("10.0.0.1:80", "10.0.0.2:80");

        markFirst(1, HealthMark.ACTIVE_CHECK_FAILED);
        Map<String, Integer> half = picked(10_000);
        assertThat(half.get("10.0.0.2:80")).isBetween(6_700, 7_300); // 50 % healthy times 1.4
        markFirst(2, HealthMark.ACTIVE_CHECK_FAILED);
        assertThat(picked(300).keySet()).containsExactly("10.0.0.3:80", "10.0.0.4:80");
    }

    @Test
    void aRetryGoesToAnUntriedEndpointOfAnotherPriorityRatherThanBack() {
        List<EndpointConfig> configs = configs(2);
        configs.set(1, configs.get(1).withPriority(1));
        cluster.update(configs);
        PickContext context = context();
        Endpoint first = (Endpoint) cluster.pick(context);
        context.addTried(first);

        assertThat(first).hasToString("10.0.0.1:80");
        assertThat(cluster.pick(context)).hasToString("10.0.0.2:80");
    }

    @Test
    void aRetryNeverReturnsWhereItWasWhileAnotherIsHealthyWhateverThePickerSays() {
        BalancingPolicy stubborn = (candidates, random) -> context -> candidates.endpoint(0);
        ClusterEndpoints stuck = cluster(EndpointSettings.of(stubborn));
        stuck.update(configs(5));
        PickContext context = context();
        Set<Endpoint> visited = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            Endpoint endpoint = (Endpoint) stuck.pick(context);
            assertThat(visited.add(endpoint)).isTrue();
            context.addTried(endpoint);
        }

        assertThat(stuck.pick(context)).isInstanceOf(Endpoint.class); // all were tried: back to one of them
    }

    @Test
    void stateStaysWithItsAddressOverUpdates() {
        cluster.update(configs(2));
        Endpoint before = cluster.endpoints().get(0);
        before.requestStarted();
        cluster.mark(before, HealthMark.OUTLIER_EJECTED, true);
        List<EndpointConfig> heavier =
                configs(3).stream().map(config -> config.withWeight(5)).toList();
        EndpointChange change = cluster.update(heavier);
        Endpoint after = cluster.endpoints().get(0);

        assertThat(after).isEqualTo(before);
        assertThat(after.weight()).isEqualTo(5);
        assertThat(after.activeRequests()).isEqualTo(1);
        assertThat(after.has(HealthMark.OUTLIER_EJECTED)).isTrue();
        assertThat(change.added()).extracting(Endpoint::toString).containsExactly("10.0.0.3:80");
        assertThat(change.removed()).isEmpty();
        before.requestEnded();
        assertThat(after.activeRequests()).isZero();
        assertThat(cluster.update(configs(1)).removed()).hasSize(2);
    }

    @Test
    void anAddressListedTwiceCountsOnceWithTheBetterPriority() {
        EndpointConfig config = EndpointConfig.of("10.0.0.1:80");
        cluster.update(List.of(config.withPriority(1).withWeight(9), config, config.withWeight(3)));

        assertThat(cluster.endpoints()).hasSize(1);
        assertThat(cluster.endpoints().get(0).config()).isEqualTo(config);
    }

    @Test
    void newEndpointsWaitForTheirFirstCheckWhereChecksAreConfigured() {
        cluster.reconfigure(settings.withAwaitFirstCheck(true).withPanicThresholdPercent(0));
        cluster.update(configs(1));
        assertThat(cluster.pick(context())).isEqualTo(Pick.None.NONE_HEALTHY);

        cluster.mark(cluster.endpoints().get(0), HealthMark.ACTIVE_CHECK_FAILED, false);
        assertThat(cluster.pick(context())).isInstanceOf(Endpoint.class);
    }

    @Test
    void localitiesShareByTheirWeightAndLoseItWithTheirHealth() {
        cluster.reconfigure(settings.withLocalityWeighted(true).withPanicThresholdPercent(0));
        Locality near = new Locality("eu", "a", "");
        Locality far = new Locality("eu", "b", "");
        List<EndpointConfig> configs = configs(4);
        configs.replaceAll(config -> config.withLocality(near, 3));
        configs.set(3, configs.get(3).withLocality(far, 1));
        cluster.update(configs);
        assertThat(picked(10_000).get("10.0.0.4:80")).isBetween(2_300, 2_700);

        markFirst(2, HealthMark.ACTIVE_CHECK_FAILED); // a third of near is left: 3 * 1.4 / 3 = 1.4 beside 1
        assertThat(picked(10_000).get("10.0.0.4:80")).isBetween(3_900, 4_450);
    }

    @Test
    void freshEndpointsAreEasedInAndThenGetTheirShare() {
        cluster.reconfigure(settings.withSlowStart(SlowStart.of(Duration.ofSeconds(10))));
        cluster.update(configs(1));
        clock.addAndGet(Duration.ofSeconds(20).toNanos());
        cluster.update(configs(2));
        assertThat(picked(11_000).get("10.0.0.2:80")).isBetween(850, 1_150); // a tenth beside one

        clock.addAndGet(Duration.ofSeconds(5).toNanos());
        cluster.refreshSlowStart();
        assertThat(picked(9_000).get("10.0.0.2:80")).isBetween(2_800, 3_200); // a half beside one

        clock.addAndGet(Duration.ofSeconds(5).toNanos());
        cluster.refreshSlowStart();
        assertThat(picked(10_000).get("10.0.0.2:80")).isBetween(4_800, 5_200);
    }

    @Test
    void changesThatArriveMeanwhileShareOneCompilation() {
        Deque<Runnable> waiting = new ArrayDeque<>();
        ClusterEndpoints later = new ClusterEndpoints(settings, clock::get, new SplittableRandom(1), waiting::add);
        later.update(configs(3));
        later.mark(later.endpoints().get(0), HealthMark.OUTLIER_EJECTED, true);

        assertThat(later.pick(context())).isEqualTo(Pick.None.NONE_KNOWN);
        assertThat(waiting).hasSize(1);
        waiting.remove().run();
        assertThat(later.pick(context()))
                .isInstanceOf(Endpoint.class)
                .isNotEqualTo(later.endpoints().get(0));
        later.mark(later.endpoints().get(1), HealthMark.OUTLIER_EJECTED, true);
        assertThat(waiting).hasSize(1);
    }

    @Test
    void picksFromManyThreadsSeeOnlyWholeSnapshotsWhileEverythingChanges() throws Exception {
        ClusterEndpoints busy = cluster(EndpointSettings.of(new RoundRobin()).withPanicThresholdPercent(0));
        busy.update(configs(4));
        Endpoint steady = busy.endpoints().get(3);
        AtomicBoolean stop = new AtomicBoolean();
        try (ExecutorService loops = Executors.newFixedThreadPool(3)) {
            List<Future<Integer>> picking = new ArrayList<>();
            for (int seed = 0; seed < 3; seed++) {
                PickContext context = new PickContext(new SplittableRandom(seed));
                picking.add(loops.submit(() -> {
                    int picks = 0;
                    while (!stop.get() || picks < 1_000) {
                        context.reset();
                        Endpoint endpoint = (Endpoint) busy.pick(context); // never a reason: one is always healthy
                        endpoint.requestStarted();
                        endpoint.requestEnded();
                        picks++;
                    }
                    return picks;
                }));
            }
            for (int round = 0; round < 500; round++) {
                for (Endpoint endpoint : busy.endpoints()) {
                    if (!endpoint.equals(steady)) {
                        busy.mark(endpoint, HealthMark.ACTIVE_CHECK_FAILED, round % 2 == 0);
                    }
                }
                busy.update(configs(4 + round % 3));
            }
            stop.set(true);
            for (Future<Integer> loop : picking) {
                assertThat(loop.get()).isGreaterThanOrEqualTo(1_000);
            }
        }

        assertThat(busy.activeRequests()).isZero();
    }

    @Test
    void aRequestThatIsEndedTwiceIsNoticed() {
        Endpoint endpoint = Endpoint.of(EndpointConfig.of("10.0.0.1:80"));
        endpoint.requestStarted();
        endpoint.requestEnded();

        assertThatThrownBy(endpoint::requestEnded)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("request on 10.0.0.1:80 ended twice (expected: once)");
        assertThat(endpoint.activeRequests()).isZero();
    }

    private ClusterEndpoints cluster(EndpointSettings with) {
        return new ClusterEndpoints(with, clock::get, new SplittableRandom(1), Runnable::run);
    }

    private void markFirst(int count, HealthMark mark) {
        cluster.endpoints().subList(0, count).forEach(endpoint -> cluster.mark(endpoint, mark, true));
    }

    private Map<String, Integer> picked(int count) {
        PickContext context = context();
        Map<String, Integer> picks = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            picks.merge(cluster.pick(context).toString(), 1, Integer::sum);
        }
        return picks;
    }

    private static PickContext context() {
        return new PickContext(new SplittableRandom(42));
    }

    private static List<EndpointConfig> configs(int count) {
        EndpointConfig[] configs = new EndpointConfig[count];
        Arrays.setAll(configs, i -> EndpointConfig.of("10.0.0." + (i + 1) + ":80"));
        return new ArrayList<>(List.of(configs));
    }
}
