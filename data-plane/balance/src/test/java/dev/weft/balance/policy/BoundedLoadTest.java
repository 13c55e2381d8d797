package dev.weft.balance.policy;

import static dev.weft.balance.policy.Fixtures.equal;
import static dev.weft.balance.policy.Fixtures.occupy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.balance.Candidates;
import dev.weft.balance.Endpoint;
import dev.weft.balance.PickContext;
import dev.weft.balance.Picker;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BoundedLoadTest {

    private final Candidates candidates = equal("10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80");
    private final Picker unbounded = new RingHash().compile(candidates, new SplittableRandom(1));
    private final Picker bounded = new RingHash(1_024, 8_388_608, new EndpointHashing(false, 150))
            .compile(candidates, new SplittableRandom(1));

    @Test
    void anEndpointBelowItsBoundKeepsItsKeys() {
        for (long hash = 0; hash < 100; hash++) {
            assertThat(bounded.pick(context(hash << 56))).isEqualTo(unbounded.pick(context(hash << 56)));
        }
    }

    @Test
    void aFullEndpointsKeysGoToOneOtherEndpointAndAlwaysTheSame() {
        Endpoint home = unbounded.pick(context(42));
        occupy(home, 10); // 10 of 10 active; the bound is ceil(ceil(11 * 1.5) / 3) = 6

        Endpoint second = bounded.pick(context(42));
        assertThat(second).isNotEqualTo(home);
        for (int i = 0; i < 10; i++) {
            assertThat(bounded.pick(context(42))).isEqualTo(second);
        }
    }

    @Test
    void keysOfAFullEndpointSpreadOverTheOthers() {
        Endpoint home = candidates.endpoint(0);
        occupy(home, 10);

        assertThat(LongStream.range(0, 200)
                        .map(i -> i * 0x9E3779B97F4A7C15L)
                        .mapToObj(hash -> bounded.pick(context(hash)))
                        .distinct())
                .containsExactlyInAnyOrder(candidates.endpoint(1), candidates.endpoint(2));
    }

    @Test
    void anEndpointAtItsBoundStillTakesOne() {
        Endpoint home = unbounded.pick(context(42));
        candidates.endpoints().forEach(endpoint -> occupy(endpoint, 4));
        // 12 active: the bound is ceil(ceil(13 * 1.5) / 3) = 7.
        occupy(home, 4); // 16 active, bound ceil(ceil(17 * 1.5) / 3) = 9, home has 8

        assertThat(bounded.pick(context(42))).isEqualTo(home);
    }

    @Test
    void aRetryAvoidsWhatWasTried() {
        Endpoint home = unbounded.pick(context(42));
        occupy(home, 10);
        PickContext context = context(42);
        context.addTried(home);
        Endpoint second = bounded.pick(context);
        context.addTried(second);
        Endpoint third = bounded.pick(context);

        assertThat(third).isNotEqualTo(home).isNotEqualTo(second);
    }

    /** The C++ standard (rand.predef): the 10000th number of a default-seeded mt19937. */
    @Test
    void theGeneratorIsMt19937() {
        MersenneTwister twister = new MersenneTwister(5_489);
        int last = 0;
        for (int i = 0; i < 10_000; i++) {
            last = twister.next();
        }

        assertThat(Integer.toUnsignedLong(last)).isEqualTo(4_123_659_995L);
    }

    private static PickContext context(long hash) {
        PickContext context = new PickContext(new SplittableRandom(1));
        context.hash(hash);
        return context;
    }
}
