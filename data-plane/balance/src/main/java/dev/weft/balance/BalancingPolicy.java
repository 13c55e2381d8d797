package dev.weft.balance;

import dev.weft.balance.hash.HashFunction;
import java.util.random.RandomGenerator;

/**
 * Immutable: a way to spread requests, and the point where users bring their own. The built-in ones are the records of
 * {@code dev.weft.balance.policy}.
 */
@FunctionalInterface
public interface BalancingPolicy {

    /**
     * Compiles a picker over {@code candidates}, which are never empty. Called whenever they change, on whatever thread
     * changed them, so it may take milliseconds but not more.
     *
     * @param random for decisions at compile time, such as where a rotation begins; not to be kept
     */
    Picker compile(Candidates candidates, RandomGenerator random);

    /** What a request's hash key is hashed with for this policy. */
    default HashFunction hashFunction() {
        return HashFunction.XXH64;
    }

    /** Whether a pick looks at the request's hash at all; where not, the engine need not compute one. */
    default boolean usesHash() {
        return false;
    }
}
