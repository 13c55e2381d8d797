package dev.weft.proxy.upstream;

/**
 * How many streams a connection is given, as its peer has shown by what it refused: at once, where it refuses a stream beside others
 * without having told a limit (RFC 9113, section 5.1.2, lets it), and in all, where it leaves after so many (GOAWAY). To give it
 * more would be to have them refused and to repeat them, each as often as there are connections ahead of it.
 *
 * <p>What was shown once may be over, so both limits grow again: by one when eight times as many streams have ended, for the one
 * more may be refused again; and to the double where a connection that has had all of its streams is still there.
 *
 * <p>A pool has one, which new connections begin with; each connection has its own. Confined to the pool's event loop.
 */
final class StreamAllowance {
    private static final int UNLIMITED = Integer.MAX_VALUE;

    /** A peer that takes so many does not leave for having taken them, or it does not matter. */
    private static final int MANY = 1000;

    private static final int PATIENCE = 8;

    private int atOnce = UNLIMITED;
    private int inAll = UNLIMITED;
    private int given;
    private int ended;

    /** For a connection of a pool that knows so much. */
    static StreamAllowance like(StreamAllowance known) {
        StreamAllowance allowance = new StreamAllowance();
        allowance.atOnce = known.atOnce;
        allowance.inAll = known.inAll;
        return allowance;
    }

    /** Whether there may be another stream beside {@code active} ones. */
    boolean hasRoom(int active) {
        return active < atOnce && given < inAll;
    }

    void give() {
        given++;
    }

    /** How many streams a connection is expected to take that has none. */
    int atFirst() {
        return Math.min(atOnce, inAll);
    }

    /** A stream was refused beside {@code others}. */
    void refused(int others) {
        atOnce = Math.max(1, others);
        ended = 0;
    }

    /** A connection left after {@code taken} streams, one or more. */
    void left(int taken) {
        inAll = taken >= MANY ? UNLIMITED : taken;
    }

    /** A stream has ended, and {@code active} go on. Returns whether the allowance has grown. */
    boolean ended(int active) {
        boolean grown = false;
        if (atOnce != UNLIMITED && ++ended >= PATIENCE * atOnce) {
            ended = 0;
            atOnce = grown(atOnce, 1);
            grown = true;
        }
        if (active == 0 && given >= inAll) {
            inAll = grown(inAll, inAll);
            grown = true;
        }
        return grown;
    }

    private static int grown(int limit, int by) {
        return limit + by >= MANY ? UNLIMITED : limit + by;
    }

    /** A connection has turned out to take no more at once. */
    void lowerTo(StreamAllowance shown) {
        atOnce = Math.min(atOnce, shown.atOnce);
    }

    /** A connection has turned out to take as much. */
    void raiseTo(StreamAllowance shown) {
        atOnce = Math.max(atOnce, shown.atOnce);
        inAll = Math.max(inAll, shown.inAll);
    }
}
