package dev.weft.balance.policy;

import dev.weft.balance.BalancingPolicy;
import dev.weft.balance.Candidates;
import dev.weft.balance.Picker;
import dev.weft.balance.hash.Xxh64;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Immutable. Consistent hashing as Envoy builds it from {@code RING_HASH}, entry for entry.
 *
 * <p>It optimises for keys that stay where they are, with a ring whose size is bounded whatever the weights. Inputs are
 * the candidates' static shares, so that every proxy that sees the same endpoints in the same order has the same ring.
 * The ring is scaled so that the endpoint with the least share gets a whole number of entries and the whole has at least
 * {@code minimumRingSize} and at most {@code maximumRingSize}; the others get theirs by comparing running sums, which is
 * why the order of the list can matter by one entry. Entry {@code i} of an endpoint is {@code XXH64(key + "_" + i)}, seed
 * 0. A request belongs to the first entry whose hash is not below its own, past the last to the first. Retries walk on
 * from there to the next entry of an endpoint that was not tried. Source: Envoy {@code ring_hash_lb.cc} and
 * {@code thread_aware_lb_impl.cc}; D. Karger et al., "Consistent Hashing and Random Trees", 1997.
 *
 * @param minimumRingSize entries, {@code >= 1}
 * @param maximumRingSize entries, at most 8 388 608
 * @param hashing what stands for an endpoint, and how unequal load may become
 */
public record RingHash(long minimumRingSize, long maximumRingSize, EndpointHashing hashing) implements BalancingPolicy {

    private static final long LARGEST_RING = 8_388_608;

    public RingHash {
        if (maximumRingSize < 1 || maximumRingSize > LARGEST_RING) {
            throw new IllegalArgumentException(
                    "maximum_ring_size: " + maximumRingSize + " (expected: 1.." + LARGEST_RING + ")");
        }
        if (minimumRingSize < 1 || minimumRingSize > maximumRingSize) {
            throw new IllegalArgumentException("minimum_ring_size: " + minimumRingSize
                    + " (expected: 1..maximum_ring_size " + maximumRingSize + ")");
        }
    }

    /** Envoy's defaults. */
    public RingHash() {
        this(1_024, LARGEST_RING, EndpointHashing.BY_ADDRESS);
    }

    @Override
    public Picker compile(Candidates candidates, RandomGenerator random) {
        return hashing.picker(ring(candidates), candidates);
    }

    @Override
    public boolean usesHash() {
        return true;
    }

    Ring ring(Candidates candidates) {
        double least = 1.0;
        for (int i = 0; i < candidates.size(); i++) {
            least = Math.min(least, candidates.staticShare(i));
        }
        double scale = Math.min(Math.ceil(least * minimumRingSize) / least, (double) maximumRingSize);
        Ring.Builder ring = new Ring.Builder(candidates, Long.SIZE);
        double current = 0;
        double target = 0;
        for (int i = 0; i < candidates.size(); i++) {
            target += scale * candidates.staticShare(i);
            byte[] prefix = (hashing.key(candidates.endpoint(i)) + '_').getBytes(StandardCharsets.UTF_8);
            byte[] key = Arrays.copyOf(prefix, prefix.length + 10);
            for (int entry = 0; current < target; entry++, current++) {
                int end = appendDecimal(key, prefix.length, entry);
                ring.add(Xxh64.hash(key, 0, end, 0), i);
            }
        }
        return ring.build();
    }

    private static int appendDecimal(byte[] into, int at, int number) {
        int digits = 1;
        for (int rest = number / 10; rest > 0; rest /= 10) {
            digits++;
        }
        int rest = number;
        for (int i = at + digits - 1; i >= at; i--) {
            into[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return at + digits;
    }
}
