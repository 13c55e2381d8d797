package dev.weft.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.balance.policy.EndpointHashing;
import dev.weft.balance.policy.Ketama;
import dev.weft.balance.policy.LeastRequest;
import dev.weft.balance.policy.Maglev;
import dev.weft.balance.policy.RandomChoice;
import dev.weft.balance.policy.RingHash;
import dev.weft.balance.policy.RoundRobin;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Where the attempts of one request go, whatever the policy, the priorities and the health. */
class RetryPlacementTest {

    @Property(tries = 400)
    void attemptsVisitEveryUsableEndpointOnceBeforeAnyTwiceAndNoOther(
            @ForAll("policies") BalancingPolicy policy,
            @ForAll("endpoints") List<EndpointConfig> configs,
            @ForAll long seed,
            @ForAll boolean hashed) {
        SplittableRandom random = new SplittableRandom(seed);
        ClusterEndpoints cluster = new ClusterEndpoints(
                EndpointSettings.of(policy).withPanicThresholdPercent(0), () -> 0, random, Runnable::run);
        cluster.update(configs);
        Set<Endpoint> usable = new HashSet<>();
        for (Endpoint endpoint : cluster.endpoints()) {
            if (endpoint.weight() > 0 && endpoint.health() != Health.UNHEALTHY) {
                usable.add(endpoint);
            }
        }
        PickContext context = new PickContext(random);
        if (hashed) {
            context.hash(policy.hashFunction().hash("key " + seed));
        }
        List<Endpoint> visited = new ArrayList<>();
        for (int i = 0; i < usable.size(); i++) {
            Endpoint endpoint = (Endpoint) cluster.pick(context);
            visited.add(endpoint);
            context.addTried(endpoint);
        }

        assertThat(visited).containsExactlyInAnyOrderElementsOf(usable);
        if (usable.isEmpty()) {
            assertThat(cluster.pick(context)).isEqualTo(Pick.None.NONE_HEALTHY);
        } else {
            assertThat(usable).contains((Endpoint) cluster.pick(context));
        }
    }

    @Property(tries = 200)
    void inPanicAnyEndpointMayBeTriedButNoneTwiceWhileOneIsLeft(
            @ForAll("policies") BalancingPolicy policy,
            @ForAll @IntRange(min = 1, max = 8) int count,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ClusterEndpoints cluster = new ClusterEndpoints(EndpointSettings.of(policy), () -> 0, random, Runnable::run);
        List<EndpointConfig> configs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            configs.add(EndpointConfig.of("10.0.0." + i + ":80").withHealth(DeclaredHealth.UNHEALTHY));
        }
        cluster.update(configs);
        PickContext context = new PickContext(random);
        Set<Endpoint> visited = new HashSet<>();
        for (int i = 0; i < count; i++) {
            Endpoint endpoint = (Endpoint) cluster.pick(context);
            assertThat(visited.add(endpoint)).isTrue();
            context.addTried(endpoint);
        }
    }

    @Provide
    Arbitrary<BalancingPolicy> policies() {
        return Arbitraries.of(
                new RoundRobin(),
                new LeastRequest(),
                new RandomChoice(),
                new Ketama(),
                new RingHash(64, 1_024, EndpointHashing.BY_ADDRESS),
                new RingHash(64, 1_024, new EndpointHashing(false, 120)),
                new Maglev(251, EndpointHashing.BY_ADDRESS));
    }

    @Provide
    Arbitrary<List<EndpointConfig>> endpoints() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, 40),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().between(0, 2),
                        Arbitraries.of(DeclaredHealth.class))
                .as((host, weight, priority, health) -> EndpointConfig.of("10.0.0." + host + ":80")
                        .withWeight(weight)
                        .withPriority(priority)
                        .withHealth(health))
                .list()
                .ofMinSize(1)
                .ofMaxSize(10)
                .uniqueElements(EndpointConfig::address);
    }
}
