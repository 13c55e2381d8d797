package dev.weft.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriorityLoadsTest {

    /** The tables of Envoy's documentation, "Priority levels": healthy percent of P0 and P1, their load. */
    @ParameterizedTest
    @CsvSource({
        "100, 100, 100, 0",
        "72, 100, 100, 0",
        "71, 100, 99, 1",
        "50, 100, 70, 30",
        "25, 100, 35, 65",
        "0, 100, 0, 100",
        "50, 50, 70, 30",
        "25, 25, 50, 50"
    })
    void twoPrioritiesShareAsDocumented(int healthy0, int healthy1, int load0, int load1) {
        PriorityLoads loads =
                PriorityLoads.of(new int[] {100, 100}, new int[] {healthy0, healthy1}, new int[] {0, 0}, 140, 0);

        assertThat(loads.healthyPercent(0)).isEqualTo(load0);
        assertThat(loads.healthyPercent(1)).isEqualTo(load1);
    }

    /** The same page's table with degraded endpoints: healthy and degraded percent of P0 and P1. */
    @ParameterizedTest
    @CsvSource({
        "100, 0, 100, 0, '100/0 0/0'",
        "0, 100, 100, 0, '0/0 100/0'",
        "0, 100, 0, 100, '0/100 0/0'",
        "50, 50, 0, 100, '70/30 0/0'",
        "5, 0, 20, 80, '7/0 28/65'"
    })
    void degradedEndpointsComeAfterAllHealthyOnes(
            int healthy0, int degraded0, int healthy1, int degraded1, String expected) {
        PriorityLoads loads = PriorityLoads.of(
                new int[] {100, 100}, new int[] {healthy0, healthy1}, new int[] {degraded0, degraded1}, 140, 0);

        assertThat(shown(loads, 2)).isEqualTo(expected);
    }

    /** The same for panic below 50 %, marked with a star: healthy percent of P0 and P1. */
    @ParameterizedTest
    @CsvSource({
        "72, 72, '100/0 0/0'",
        "71, 71, '99/0 1/0'",
        "50, 60, '70/0 30/0'",
        "25, 100, '35/0 65/0'",
        "25, 25, '50/0* 50/0*'",
        "5, 65, '8/0* 92/0'",
        "0, 0, '50/0* 50/0*'"
    })
    void prioritiesPanicOnlyWhereTheWholeIsNotAvailable(int healthy0, int healthy1, String expected) {
        PriorityLoads loads =
                PriorityLoads.of(new int[] {100, 100}, new int[] {healthy0, healthy1}, new int[] {0, 0}, 140, 50);

        assertThat(shown(loads, 2)).isEqualTo(expected);
    }

    @Property(tries = 500)
    void allOfTheLoadIsGivenOutWhereverAnybodyIsAvailable(
            @ForAll("counts") List<int[]> counts, @ForAll("panic") int panic) {
        int[] total = counts.stream().mapToInt(count -> count[0]).toArray();
        int[] healthy = counts.stream().mapToInt(count -> count[1]).toArray();
        int[] degraded = counts.stream().mapToInt(count -> count[2]).toArray();
        PriorityLoads loads = PriorityLoads.of(total, healthy, degraded, 140, panic);
        int given = 0;
        for (int i = 0; i < total.length; i++) {
            assertThat(loads.healthyPercent(i)).isNotNegative();
            assertThat(loads.degradedPercent(i)).isNotNegative();
            given += loads.healthyPercent(i) + loads.degradedPercent(i);
        }

        assertThat(given).isIn(0, 100);
        if (panic > 0 && IntStream.of(total).sum() > 0) {
            assertThat(given).isEqualTo(100);
        }
    }

    @Provide
    Arbitrary<List<int[]>> counts() {
        Arbitrary<int[]> one = Arbitraries.integers()
                .between(0, 300)
                .flatMap(total -> Arbitraries.integers()
                        .between(0, total)
                        .flatMap(healthy -> Arbitraries.integers()
                                .between(0, total - healthy)
                                .map(degraded -> new int[] {total, healthy, degraded})));
        return one.list().ofMinSize(1).ofMaxSize(5);
    }

    @Provide
    Arbitrary<Integer> panic() {
        return Arbitraries.of(0, 50, 100);
    }

    private static String shown(PriorityLoads loads, int priorities) {
        return IntStream.range(0, priorities)
                .mapToObj(i -> loads.healthyPercent(i) + "/" + loads.degradedPercent(i) + (loads.panics(i) ? "*" : ""))
                .collect(Collectors.joining(" "));
    }
}
