package dev.weft.balance.policy;

import dev.weft.balance.BalancingPolicy;
import dev.weft.balance.Candidates;
import dev.weft.balance.Endpoint;
import dev.weft.balance.PickContext;
import dev.weft.balance.Picker;
import dev.weft.balance.hash.Xxh64;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.random.RandomGenerator;

/**
 * Immutable. Consistent hashing by lookup table, as Envoy builds it.
 *
 * <p>It optimises for even load and a constant-time lookup, and accepts that somewhat more keys move than on a ring when
 * endpoints change. Inputs are the candidates' static shares. Each endpoint has a permutation of the table's slots, from
 * two hashes of its key ({@code offset = XXH64(key, seed 0) mod size}, {@code skip = XXH64(key, seed 1) mod (size - 1)
 * + 1}), and endpoints take turns claiming the next free slot of theirs, in the order of their keys; one with half of
 * the greatest share has a turn in every second round. Slot {@code hash mod size} owns a request. For a retry the hash is
 * changed ({@code hash ^ -n} for n = 1, 2, …) until it gives an endpoint that was not tried. Sources: D. Eisenbud et al.,
 * "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, section 3.4; Envoy {@code maglev_lb.cc}.
 *
 * @param tableSize slots, a prime, at most 5 000 011
 * @param hashing what stands for an endpoint, and how unequal load may become
 */
public record Maglev(int tableSize, EndpointHashing hashing) implements BalancingPolicy {

    private static final int LARGEST_TABLE = 5_000_011;

    public Maglev {
        if (tableSize < 2
                || tableSize > LARGEST_TABLE
                || !BigInteger.valueOf(tableSize).isProbablePrime(50)) {
            throw new IllegalArgumentException(
                    "table_size: " + tableSize + " (expected: a prime, at most " + LARGEST_TABLE + ")");
        }
    }

    /** Envoy's defaults. */
    public Maglev() {
        this(65_537, EndpointHashing.BY_ADDRESS);
    }

    @Override
    public Picker compile(Candidates candidates, RandomGenerator random) {
        return hashing.picker(new MaglevLookup(candidates, table(candidates)), candidates);
    }

    @Override
    public boolean usesHash() {
        return true;
    }

    /** The owner of each slot, as index among the candidates. */
    int[] table(Candidates candidates) {
        Turn[] turns = turns(candidates);
        double greatest = 0;
        for (Turn turn : turns) {
            greatest = Math.max(greatest, turn.share);
        }
        int[] table = new int[tableSize];
        Arrays.fill(table, -1);
        int filled = 0;
        for (long round = 1; filled < tableSize; round++) {
            for (int i = 0; i < turns.length && filled < tableSize; i++) {
                Turn turn = turns[i];
                if (round * turn.share < turn.due) {
                    continue;
                }
                turn.due += greatest;
                while (table[(int) turn.slot] >= 0) {
                    turn.slot = (turn.slot + turn.skip) % tableSize;
                }
                table[(int) turn.slot] = turn.candidate;
                filled++;
            }
        }
        return table;
    }

    /** In the order in which endpoints claim slots: by key, so that the order of the list does not matter. */
    private Turn[] turns(Candidates candidates) {
        Turn[] turns = new Turn[candidates.size()];
        for (int i = 0; i < turns.length; i++) {
            byte[] key = hashing.key(candidates.endpoint(i)).getBytes(StandardCharsets.UTF_8);
            long offset = Long.remainderUnsigned(Xxh64.hash(key, 0, key.length, 0), tableSize);
            long skip = Long.remainderUnsigned(Xxh64.hash(key, 0, key.length, 1), tableSize - 1) + 1;
            turns[i] = new Turn(i, key, candidates.staticShare(i), offset, skip);
        }
        Comparator<Turn> byKey = (a, b) -> Arrays.compareUnsigned(a.key, b.key);
        Arrays.sort(
                turns,
                byKey.thenComparing(turn -> candidates.endpoint(turn.candidate).address()));
        return turns;
    }

    /** Confined to one compilation. One endpoint's walk over its permutation of the slots. */
    private static final class Turn {

        private final int candidate;
        private final byte[] key;
        private final double share;
        private final long skip;
        private long slot;
        private double due;

        Turn(int candidate, byte[] key, double share, long offset, long skip) {
            this.candidate = candidate;
            this.key = key;
            this.share = share;
            this.slot = offset;
            this.skip = skip;
        }
    }

    /** Immutable. */
    private static final class MaglevLookup implements HashLookup {

        /** Changed hashes for a retry, before it takes whatever {@code ClusterEndpoints} finds. */
        private static final int REHASHES = 32;

        private final Candidates candidates;
        private final int[] table;

        MaglevLookup(Candidates candidates, int[] table) {
            this.candidates = candidates;
            this.table = table;
        }

        @Override
        public Endpoint owner(long hash, PickContext context) {
            Endpoint first = at(hash);
            if (context.attempt() == 0 || !context.hasTried(first)) {
                return first;
            }
            for (long n = 1; n <= REHASHES; n++) {
                Endpoint other = at(hash ^ -n);
                if (!context.hasTried(other)) {
                    return other;
                }
            }
            return first;
        }

        private Endpoint at(long hash) {
            return candidates.endpoint(table[(int) Long.remainderUnsigned(hash, table.length)]);
        }
    }
}
