package dev.weft.balance.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class RingPointsTest {

    @Property(tries = 300)
    void aLookUpFindsWhatLookingAtEveryPointWould(
            @ForAll @IntRange(min = 1, max = 300) int count,
            @ForAll boolean wide,
            @ForAll @IntRange(max = 20) int crowdedBits,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int width = wide ? Long.SIZE : Integer.SIZE;
        // Crowded hashes share their top bits, which is the worst that buckets can meet.
        long[] hashes = LongStream.generate(() -> random.nextLong() >>> (Long.SIZE - width) >>> crowdedBits)
                .limit(count)
                .toArray();
        RingPoints points = RingPoints.of(hashes.clone(), width);

        for (int i = 0; i < 50; i++) {
            long hash = i % 2 == 0 ? hashes[i % count] : random.nextLong() >>> (Long.SIZE - width);
            int below = (int) LongStream.of(hashes)
                    .filter(each -> Long.compareUnsigned(each, hash) < 0)
                    .count();
            assertThat(points.firstNotBelow(hash)).isEqualTo(below);
        }
        for (int i = 1; i < points.size(); i++) {
            assertThat(Long.compareUnsigned(points.hash(i - 1), points.hash(i))).isNotPositive();
        }
    }
}
