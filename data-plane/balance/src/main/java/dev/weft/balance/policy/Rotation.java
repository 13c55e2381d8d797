package dev.weft.balance.policy;

import dev.weft.balance.Candidates;
import java.util.Arrays;

/**
 * Stateless. A weighted rotation, computed once so that a turn is an array read.
 *
 * <p>It optimises for evenness: whatever stretch of the rotation one looks at, each endpoint has had its share of it up
 * to about one turn, so that a heavy endpoint gets no bursts. Input is the candidates' shares; an endpoint with
 * {@code c} of the rotation's turns is due at the times {@code (k + 1/2) / c}, and the rotation is all turns by due
 * time: earliest deadline first, the order that smooth weighted round robin in nginx and the EDF scheduler in Envoy
 * arrive at step by step. Shares that are small whole-number ratios are met exactly; others to within half a turn of a
 * rotation of {@value #TURNS_EACH} turns for each endpoint, and every endpoint has at least one.
 */
final class Rotation {

    private static final int TURNS_EACH = 64;
    private static final int LEAST_TURNS = 4_096;

    private Rotation() {}

    /** Indices of candidates, one per turn. */
    static int[] ofShares(Candidates candidates) {
        int[] turns = turns(candidates);
        int length = Arrays.stream(turns).sum();
        long[] due = new long[length]; // due time and index in one word, to sort without objects
        int at = 0;
        for (int i = 0; i < turns.length; i++) {
            for (int k = 0; k < turns[i]; k++) {
                long time = (long) ((2.0 * k + 1.0) / (2.0 * turns[i]) * (1L << 31));
                due[at++] = time << 32 | i;
            }
        }
        Arrays.sort(due);
        int[] rotation = new int[length];
        for (int i = 0; i < length; i++) {
            rotation[i] = (int) due[i];
        }
        return rotation;
    }

    private static int[] turns(Candidates candidates) {
        int n = candidates.size();
        long wanted = Math.max(LEAST_TURNS, (long) n * TURNS_EACH);
        long[] exact = exact(candidates, wanted);
        if (exact.length > 0) {
            return Arrays.stream(exact).mapToInt(count -> (int) count).toArray();
        }
        int[] turns = new int[n];
        for (int i = 0; i < n; i++) {
            turns[i] = (int) Math.max(1, Math.round(candidates.share(i) * wanted));
        }
        return turns;
    }

    /** The weights by their greatest common divisor, where they are what the shares are and short enough. */
    private static long[] exact(Candidates candidates, long longest) {
        int n = candidates.size();
        long divisor = 0;
        double sum = 0;
        for (int i = 0; i < n; i++) {
            divisor = gcd(divisor, candidates.weight(i));
            sum += candidates.weight(i);
        }
        long[] counts = new long[n];
        long length = 0;
        for (int i = 0; i < n; i++) {
            if (Math.abs(candidates.weight(i) / sum - candidates.share(i)) > 1e-9) {
                return new long[0];
            }
            counts[i] = candidates.weight(i) / divisor;
            length += counts[i];
        }
        return length <= longest ? counts : new long[0];
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
