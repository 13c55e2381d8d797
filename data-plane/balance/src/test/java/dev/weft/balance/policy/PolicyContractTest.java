package dev.weft.balance.policy;

import static dev.weft.balance.policy.Fixtures.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weft.balance.BalancingPolicy;
import dev.weft.balance.Candidates;
import dev.weft.balance.Endpoint;
import dev.weft.balance.PickContext;
import dev.weft.balance.Picker;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every built-in policy promises. */
class PolicyContractTest {

    static Stream<BalancingPolicy> policies() {
        return Stream.of(
                new RoundRobin(),
                new LeastRequest(),
                new LeastRequest(5),
                new RandomChoice(),
                new Ketama(),
                new RingHash(),
                new RingHash(1_024, 8_388_608, new EndpointHashing(false, 150)),
                new Maglev());
    }

    @ParameterizedTest
    @MethodSource("policies")
    void loadIsInProportionToWeight(BalancingPolicy policy) {
        SplittableRandom random = new SplittableRandom(7);
        Picker picker = policy.compile(weighted(1, 2, 3, 4), random);
        PickContext context = new PickContext(random);
        int[] picks = new int[4];
        int total = 50_000;
        for (int i = 0; i < total; i++) {
            picks[picker.pick(context).address().port() - 1]++;
        }

        for (int i = 0; i < 4; i++) {
            // A ring's shares vary by its points; the others are near exact at this number of picks.
            assertThat(picks[i] / (double) total).isCloseTo((i + 1) / 10.0, within(policy.usesHash() ? 0.06 : 0.01));
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void oneEndpointIsAlwaysPickedEvenWhenItWasTried(BalancingPolicy policy) {
        SplittableRandom random = new SplittableRandom(7);
        Picker picker = policy.compile(weighted(3), random);
        PickContext context = new PickContext(random);
        Endpoint only = picker.pick(context);
        context.addTried(only);

        assertThat(picker.pick(context)).isEqualTo(only);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void attemptsMostlyVisitOtherEndpoints(BalancingPolicy policy) {
        SplittableRandom random = new SplittableRandom(7);
        Picker picker = policy.compile(weighted(1, 1, 1, 1), random);
        int repeated = 0;
        for (int request = 0; request < 1_000; request++) {
            PickContext context = new PickContext(random);
            context.hash(random.nextLong());
            Endpoint first = picker.pick(context);
            context.addTried(first);
            repeated += picker.pick(context).equals(first) ? 1 : 0;
        }

        // Pickers that draw may miss; ClusterEndpoints makes up for it. Rings and rotations never do.
        assertThat(repeated).isLessThanOrEqualTo(policy instanceof RandomChoice ? 5 : 0);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void oneHashAlwaysMeansOneEndpointWhereThePolicyHashes(BalancingPolicy policy) {
        if (!policy.usesHash()) {
            return;
        }
        SplittableRandom random = new SplittableRandom(7);
        Candidates candidates = weighted(1, 2, 3);
        Picker one = policy.compile(candidates, random);
        Picker other = policy.compile(candidates, random);
        for (int i = 0; i < 1_000; i++) {
            PickContext context = new PickContext(random);
            context.hash(policy.hashFunction().hash("key-" + i));

            assertThat(one.pick(context)).isEqualTo(other.pick(context));
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void pickersServeManyThreadsAtOnce(BalancingPolicy policy) throws Exception {
        Candidates candidates = weighted(1, 1, 1);
        Picker picker = policy.compile(candidates, new SplittableRandom(7));
        Map<Endpoint, Integer> picks = new ConcurrentHashMap<>();
        try (ExecutorService loops = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> done = Stream.of(1, 2, 3, 4)
                    .map(seed -> loops.submit(() -> {
                        PickContext context = new PickContext(new SplittableRandom(seed));
                        for (int i = 0; i < 3_000; i++) {
                            Endpoint endpoint = picker.pick(context);
                            endpoint.requestStarted();
                            picks.merge(endpoint, 1, Integer::sum);
                            endpoint.requestEnded();
                        }
                        return seed;
                    }))
                    .toList();
            for (Future<Integer> loop : done) {
                loop.get();
            }
        }

        assertThat(picks.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(12_000);
        assertThat(picks.keySet()).containsExactlyInAnyOrderElementsOf(candidates.endpoints());
        assertThat(candidates.endpoints()).allMatch(endpoint -> endpoint.activeRequests() == 0);
        if (policy instanceof RoundRobin) {
            assertThat(picks.values()).containsOnly(4_000);
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void aPickAllocatesNothing(BalancingPolicy policy) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        SplittableRandom random = new SplittableRandom(7);
        Picker picker = policy.compile(weighted(1, 2, 3, 4), random);
        PickContext context = new PickContext(random);
        Set<Endpoint> seen = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            seen.add(picker.pick(context)); // classes are loaded, first-time allocations are over
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        int ports = 0;
        for (int i = 0; i < 10_000; i++) {
            ports += picker.pick(context).address().port();
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(ports).isPositive();
        assertThat(seen).isNotEmpty();
        assertThat(allocated).isLessThan(10_000); // less than a byte each: measuring itself takes some
    }

    @ParameterizedTest
    @MethodSource("policies")
    void aThousandEndpointsAreAllReached(BalancingPolicy policy) {
        int[] weights = new int[1_000];
        Arrays.fill(weights, 1);
        SplittableRandom random = new SplittableRandom(7);
        Picker picker = policy.compile(weighted(weights), random);
        PickContext context = new PickContext(random);
        Map<Endpoint, Integer> picks = new HashMap<>();
        for (int i = 0; i < 40_000; i++) {
            picks.merge(picker.pick(context), 1, Integer::sum);
        }

        // Ring hash gives each of them one or two entries of 1024 by design, so that some own next to nothing.
        assertThat(picks.size()).isGreaterThan(policy instanceof RingHash ? 900 : 990);
    }
}
