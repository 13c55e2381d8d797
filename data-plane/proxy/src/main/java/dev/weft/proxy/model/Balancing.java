package dev.weft.proxy.model;

import dev.weft.balance.BalancingPolicy;
import java.math.BigInteger;

/** How an endpoint is chosen. Hash keys come from the route ({@link HashKey}), as in xDS. */
public sealed interface Balancing {
    record RoundRobin() implements Balancing {}

    /**
     * @param choices how many random endpoints are compared, at least 2
     */
    record LeastRequest(int choices) implements Balancing {
        public LeastRequest {
            Check.range(choices, 2, 100, "choice_count");
        }
    }

    record Random() implements Balancing {}

    /**
     * @param bracketIpv6 hash IPv6 addresses with brackets, as nginx does with what is written in its file
     */
    record Ketama(boolean bracketIpv6) implements Balancing {}

    /** Envoy's ring hash. */
    record RingHash(long minimumRingSize, long maximumRingSize, boolean useHostname, int hashBalanceFactor)
            implements Balancing {
        public RingHash {
            Check.range(minimumRingSize, 1, 8_388_608, "minimum_ring_size");
            Check.range(maximumRingSize, minimumRingSize, 8_388_608, "maximum_ring_size");
        }
    }

    /** Envoy's Maglev. */
    record Maglev(long tableSize) implements Balancing {
        private static final int PRIME_CERTAINTY = 50;

        public Maglev {
            Check.range(tableSize, 2, 5_000_011, "table_size");
            if (!BigInteger.valueOf(tableSize).isProbablePrime(PRIME_CERTAINTY)) {
                throw new IllegalArgumentException("table_size: " + tableSize + " (expected: a prime)");
            }
        }
    }

    /** A policy of the user's own. */
    record Custom(BalancingPolicy policy) implements Balancing {}
}
