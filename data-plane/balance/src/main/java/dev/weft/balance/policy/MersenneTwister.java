package dev.weft.balance.policy;

/**
 * Confined to one pick. The 32-bit Mersenne Twister MT19937.
 *
 * <p>Only for the order in which bounded load tries endpoints: Envoy draws that order from it, seeded with the request's
 * hash, and equal proxies must draw equally. Source: M. Matsumoto and T. Nishimura, 1998, with the initialisation of
 * 2002. The state is renewed word by word as it is drawn, which gives the same numbers as renewing all of it at once.
 */
final class MersenneTwister {

    private static final int WORDS = 624;
    private static final int SHIFTED = 397;

    private final int[] state = new int[WORDS];
    private int at;

    MersenneTwister(int seed) {
        state[0] = seed;
        for (int i = 1; i < WORDS; i++) {
            state[i] = 1_812_433_253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /** The next 32 bits, to be read as unsigned. */
    int next() {
        int following = (at + 1) % WORDS;
        int mixed = (state[at] & 0x8000_0000) | (state[following] & 0x7fff_ffff);
        int word = state[(at + SHIFTED) % WORDS] ^ (mixed >>> 1) ^ ((mixed & 1) == 0 ? 0 : 0x9908_b0df);
        state[at] = word;
        at = following;
        word ^= word >>> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        return word ^ (word >>> 18);
    }

    /** Uniform in {@code [0, bound)}, by division and rejection as Envoy does it. */
    int nextBelow(int bound) {
        long width = (1L << 32) / bound;
        long drawn = bound;
        while (drawn >= bound) {
            drawn = Integer.toUnsignedLong(next()) / width;
        }
        return (int) drawn;
    }
}
