package dev.weft.balance.policy;

import static dev.weft.balance.policy.Fixtures.candidates;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.balance.BalancingPolicy;
import dev.weft.balance.Endpoint;
import dev.weft.balance.EndpointConfig;
import dev.weft.balance.PickContext;
import dev.weft.balance.Picker;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** What makes hashing consistent. */
class ConsistentHashingTest {

    private static final int KEYS = 300;

    @Property(tries = 60)
    void removingAnEndpointMovesOnlyItsOwnKeysOnKetama(
            @ForAll @From("endpoints") List<EndpointConfig> endpoints, @ForAll @IntRange(max = 30) int which) {
        onlyItsKeysMove(new Ketama(), endpoints, which % endpoints.size());
    }

    @Property(tries = 60)
    void removingOneOfEqualEndpointsMovesOnlyItsOwnKeysOnRingHash(
            @ForAll @IntRange(min = 2, max = 16) int count, @ForAll @IntRange(max = 30) int which) {
        // Equal weights and a size that divides, so that the others keep their number of entries.
        List<EndpointConfig> endpoints = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            endpoints.add(EndpointConfig.of("10.1.0." + i + ":80"));
        }
        Picker before = new RingHash(100L * count, 100L * count, EndpointHashing.BY_ADDRESS)
                .compile(candidates(endpoints.toArray(EndpointConfig[]::new)), new SplittableRandom(1));
        EndpointConfig removed = endpoints.remove(which % count);
        Picker after = new RingHash(100L * count - 100, 100L * count - 100, EndpointHashing.BY_ADDRESS)
                .compile(candidates(endpoints.toArray(EndpointConfig[]::new)), new SplittableRandom(1));
        keysStayUnlessTheyWereOf(removed, before, after, new RingHash());
    }

    @Property(tries = 40)
    void theOrderOfTheListNeverMattersOnKetamaAndMaglev(
            @ForAll @From("endpoints") List<EndpointConfig> endpoints, @ForAll long seed) {
        List<EndpointConfig> shuffled = new ArrayList<>(endpoints);
        Collections.shuffle(shuffled, new Random(seed));
        for (BalancingPolicy policy : List.of(new Ketama(), new Maglev(1_009, EndpointHashing.BY_ADDRESS))) {
            Picker one = compile(policy, endpoints);
            Picker other = compile(policy, shuffled);
            for (int key = 0; key < KEYS; key++) {
                assertThat(pick(policy, one, key)).isEqualTo(pick(policy, other, key));
            }
        }
    }

    @Property(tries = 40)
    void attemptsVisitEachEndpointOfARingOnceBeforeAnyTwice(@ForAll @From("endpoints") List<EndpointConfig> endpoints) {
        Picker picker = compile(new Ketama(), endpoints);
        PickContext context = new PickContext(new SplittableRandom(1));
        context.hash(new Ketama().hashFunction().hash("a key"));
        List<Endpoint> visited = new ArrayList<>();
        for (int i = 0; i < endpoints.size(); i++) {
            Endpoint endpoint = picker.pick(context);
            visited.add(endpoint);
            context.addTried(endpoint);
        }

        assertThat(visited).doesNotHaveDuplicates();
    }

    @Provide
    Arbitrary<List<EndpointConfig>> endpoints() {
        Arbitrary<Integer> hosts = Arbitraries.integers().between(1, 60);
        Arbitrary<Integer> weights = Arbitraries.integers().between(1, 4);
        return Combinators.combine(hosts, weights)
                .as((host, weight) ->
                        EndpointConfig.of("10.0.0." + host + ":8080").withWeight(weight))
                .list()
                .ofMinSize(2)
                .ofMaxSize(12)
                .uniqueElements(EndpointConfig::address);
    }

    private static void onlyItsKeysMove(BalancingPolicy policy, List<EndpointConfig> endpoints, int which) {
        List<EndpointConfig> fewer = new ArrayList<>(endpoints);
        EndpointConfig removed = fewer.remove(which);
        keysStayUnlessTheyWereOf(removed, compile(policy, endpoints), compile(policy, fewer), policy);
    }

    private static void keysStayUnlessTheyWereOf(
            EndpointConfig removed, Picker before, Picker after, BalancingPolicy policy) {
        for (int key = 0; key < KEYS; key++) {
            Endpoint owner = pick(policy, before, key);
            Endpoint now = pick(policy, after, key);
            if (owner.address().equals(removed.address())) {
                assertThat(now).isNotEqualTo(owner);
            } else {
                assertThat(now).isEqualTo(owner);
            }
        }
    }

    private static Picker compile(BalancingPolicy policy, List<EndpointConfig> endpoints) {
        return policy.compile(candidates(endpoints.toArray(EndpointConfig[]::new)), new SplittableRandom(1));
    }

    private static Endpoint pick(BalancingPolicy policy, Picker picker, int key) {
        PickContext context = new PickContext(new SplittableRandom(1));
        context.hash(policy.hashFunction().hash("key-" + key));
        return picker.pick(context);
    }
}
