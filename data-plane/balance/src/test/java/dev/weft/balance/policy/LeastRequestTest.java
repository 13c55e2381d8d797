package dev.weft.balance.policy;

import static dev.weft.balance.policy.Fixtures.occupy;
import static dev.weft.balance.policy.Fixtures.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.balance.Candidates;
import dev.weft.balance.Endpoint;
import dev.weft.balance.PickContext;
import dev.weft.balance.Picker;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LeastRequestTest {

    private final PickContext context = new PickContext(new SplittableRandom(1));

    @Test
    void theBusierOfTwoIsNeverPicked() {
        Candidates candidates = weighted(1, 1);
        Picker picker = new LeastRequest().compile(candidates, new SplittableRandom(1));
        occupy(candidates.endpoint(0), 1);

        for (int i = 0; i < 200; i++) {
            assertThat(picker.pick(context)).isEqualTo(candidates.endpoint(1));
        }
    }

    @Test
    void theBusiestOfManyIsNeverPickedBecauseTwoDifferentOnesAreDrawn() {
        Candidates candidates = weighted(1, 1, 1, 1, 1);
        Picker picker = new LeastRequest().compile(candidates, new SplittableRandom(1));
        occupy(candidates.endpoint(3), 1);

        for (int i = 0; i < 500; i++) {
            assertThat(picker.pick(context)).isNotEqualTo(candidates.endpoint(3));
        }
    }

    @Test
    void aHeavyEndpointMayBeBusierThanALightOne() {
        Candidates candidates = weighted(10, 1);
        Picker picker = new LeastRequest(8).compile(candidates, new SplittableRandom(1));
        occupy(candidates.endpoint(0), 4); // 10 / 5 beats 1 / 1
        int heavy = 0;
        for (int i = 0; i < 1_000; i++) {
            heavy += picker.pick(context).equals(candidates.endpoint(0)) ? 1 : 0;
        }

        assertThat(heavy).isGreaterThan(990);
    }

    @Test
    void queuesStayShortUnderLoadThatNeverEnds() {
        int[] weights = new int[20];
        Arrays.fill(weights, 1);
        Candidates candidates = weighted(weights);
        Picker picker = new LeastRequest().compile(candidates, new SplittableRandom(1));
        for (int i = 0; i < 2_000; i++) {
            picker.pick(context).requestStarted();
        }

        // 100 each on average; at random the longest would be about 125.
        assertThat(candidates.endpoints()).extracting(Endpoint::activeRequests).allMatch(active -> active <= 104);
    }

    @Test
    void oneChoiceIsNone() {
        assertThatThrownBy(() -> new LeastRequest(1)).hasMessage("choice_count: 1 (expected: >= 2)");
    }
}
