package dev.weft.balance.policy;

import java.util.Arrays;

/**
 * Immutable. Sorted unsigned hashes, and where in them to look.
 *
 * <p>Hashes are spread evenly, so their top bits tell almost where they are: the range is cut into about as many buckets
 * as there are points, each knows its first point, and a look-up is that and a step or two, where a binary search over a
 * large ring would wait for memory a dozen times. The price is four bytes more per point.
 */
final class RingPoints {

    private final long[] hashes;
    private final int[] firstOfBucket;
    private final int shift;

    private RingPoints(long[] hashes, int[] firstOfBucket, int shift) {
        this.hashes = hashes;
        this.firstOfBucket = firstOfBucket;
        this.shift = shift;
    }

    /**
     * @param unsorted hashes, unsigned; this array is sorted and kept
     * @param width of hashes in bits, 32 or 64
     */
    static RingPoints of(long[] unsorted, int width) {
        sortUnsigned(unsorted);
        int bits = Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(unsorted.length - 1));
        int shift = width - bits;
        int[] first = new int[1 << bits];
        int point = 0;
        for (int bucket = 0; bucket < first.length; bucket++) {
            while (point < unsorted.length && unsorted[point] >>> shift < bucket) {
                point++;
            }
            first[bucket] = point;
        }
        return new RingPoints(unsorted, first, shift);
    }

    int size() {
        return hashes.length;
    }

    long hash(int index) {
        return hashes[index];
    }

    /** The index of the first hash that is not below {@code hash}, which is not wider than theirs; the size where none is. */
    int firstNotBelow(long hash) {
        int index = firstOfBucket[(int) (hash >>> shift)];
        while (index < hashes.length && Long.compareUnsigned(hashes[index], hash) < 0) {
            index++;
        }
        return index;
    }

    private static void sortUnsigned(long[] hashes) {
        flipSigns(hashes);
        Arrays.sort(hashes);
        flipSigns(hashes);
    }

    private static void flipSigns(long[] hashes) {
        for (int i = 0; i < hashes.length; i++) {
            hashes[i] ^= Long.MIN_VALUE;
        }
    }
}
