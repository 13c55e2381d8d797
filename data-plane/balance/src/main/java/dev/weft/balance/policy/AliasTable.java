package dev.weft.balance.policy;

import dev.weft.balance.Candidates;
import java.util.random.RandomGenerator;

/**
 * Immutable. Draws an index with a given probability in constant time.
 *
 * <p>Walker's alias method as M. D. Vose gave it ("A linear algorithm for generating random numbers with a given
 * distribution", 1991): n columns of equal width, each split between at most two indices. A draw picks a column
 * uniformly and then one of its two. Input is the candidates' shares; building is linear in their number.
 */
final class AliasTable {

    private final double[] keep;
    private final int[] alias;
    private final boolean uniform;

    private AliasTable(double[] keep, int[] alias, boolean uniform) {
        this.keep = keep;
        this.alias = alias;
        this.uniform = uniform;
    }

    static AliasTable ofShares(Candidates candidates) {
        int n = candidates.size();
        double[] scaled = new double[n];
        boolean uniform = true;
        for (int i = 0; i < n; i++) {
            scaled[i] = candidates.share(i) * n;
            uniform &= candidates.share(i) == candidates.share(0);
        }
        int[] alias = new int[n];
        int[] work = new int[n]; // small columns grow from the left, large ones from the right
        int small = 0;
        int large = n;
        for (int i = 0; i < n; i++) {
            alias[i] = i;
            if (scaled[i] < 1.0) {
                work[small++] = i;
            } else {
                work[--large] = i;
            }
        }
        while (small > 0 && large < n) {
            int poor = work[--small];
            int rich = work[large];
            alias[poor] = rich;
            scaled[rich] -= 1.0 - scaled[poor];
            if (scaled[rich] < 1.0) {
                large++;
                work[small++] = rich;
            }
        }
        // What is left is 1 but for rounding.
        while (small > 0) {
            scaled[work[--small]] = 1.0;
        }
        return new AliasTable(scaled, alias, uniform);
    }

    boolean isUniform() {
        return uniform;
    }

    int draw(RandomGenerator random) {
        int column = random.nextInt(keep.length);
        return uniform || random.nextDouble() < keep[column] ? column : alias[column];
    }
}
