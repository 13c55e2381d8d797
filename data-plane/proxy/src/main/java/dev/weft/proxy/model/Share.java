package dev.weft.proxy.model;

import java.util.random.RandomGenerator;

/**
 * A share of requests. Immutable.
 *
 * @param millionths 0 for none to 1,000,000 for all
 */
public record Share(int millionths) {
    private static final int WHOLE = 1_000_000;

    public static final Share NONE = new Share(0);
    public static final Share ALL = new Share(WHOLE);

    public Share {
        Check.range(millionths, 0, WHOLE, "share in millionths");
    }

    /** As {@code numerator} of {@code denominator}; what is more than the whole is the whole. */
    public static Share of(long numerator, long denominator) {
        return new Share((int) Math.min(WHOLE, numerator * WHOLE / denominator));
    }

    /** Draws a lot for {@link #takes(int)}. */
    public static int lot(RandomGenerator random) {
        return random.nextInt(WHOLE);
    }

    /** Whether the request that drew this lot is among them. */
    public boolean takes(int lot) {
        return lot < millionths;
    }

    /** Whether this request is among them. */
    public boolean takes(RandomGenerator random) {
        return millionths > 0 && (millionths == WHOLE || random.nextInt(WHOLE) < millionths);
    }
}
