package dev.weft.balance.policy;

import static dev.weft.balance.policy.Fixtures.weighted;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.balance.Candidates;
import dev.weft.balance.PickContext;
import dev.weft.balance.Picker;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RoundRobinTest {

    private final PickContext context = new PickContext(new SplittableRandom(1));

    @Test
    void equalEndpointsTakeTurns() {
        Picker picker = new RoundRobin().compile(weighted(7, 7, 7), new SplittableRandom(1));
        int first = port(picker);

        assertThat(new int[] {port(picker), port(picker), port(picker)})
                .containsExactly(first % 3 + 1, (first + 1) % 3 + 1, first);
    }

    @Test
    void aRotationIsExactAndSmooth() {
        int[] rotation = Rotation.ofShares(weighted(5, 1, 1));

        assertThat(rotation).hasSize(7);
        assertThat(Arrays.stream(rotation).filter(i -> i == 0).count()).isEqualTo(5);
        // A stretch of five in a row is what smoothness forbids: the light ones interrupt the heavy one.
        assertThat(rotation[0]).isZero();
        assertThat(rotation[6]).isZero();
        assertThat(rotation[3]).isNotEqualTo(0);
    }

    @Test
    void weightsBeyondAnyRotationAreApproximatedAndNobodyStarves() {
        Candidates candidates = weighted(1_000_003, 500_009, 1);
        int[] rotation = Rotation.ofShares(candidates);
        long heavy = Arrays.stream(rotation).filter(i -> i == 0).count();

        assertThat(rotation.length).isBetween(4_000, 4_200);
        assertThat(heavy / (double) rotation.length).isBetween(0.66, 0.67);
        assertThat(Arrays.stream(rotation)).contains(2);
    }

    @Test
    void proxiesDoNotAllBeginWithTheSameEndpoint() {
        SplittableRandom random = new SplittableRandom(3);
        Set<Integer> firsts = new HashSet<>();
        for (int proxy = 0; proxy < 50; proxy++) {
            firsts.add(port(new RoundRobin().compile(weighted(1, 1, 1), random)));
        }

        assertThat(firsts).containsExactlyInAnyOrder(1, 2, 3);
    }

    private int port(Picker picker) {
        return picker.pick(context).address().port();
    }
}
