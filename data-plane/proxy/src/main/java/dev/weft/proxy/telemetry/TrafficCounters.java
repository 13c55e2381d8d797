package dev.weft.proxy.telemetry;

/**
 * The numbers of one listener, or of one cluster, on one event loop.
 *
 * <p>Changed by that loop only, read by scrapes; see {@link LoopCounters}.
 */
public final class TrafficCounters {
    /** Upper bounds of the duration histogram; the last bucket has none. */
    static final double[] BOUNDS_SECONDS = {
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
    };

    private static final long[] BOUNDS_NANOS = new long[BOUNDS_SECONDS.length];

    static {
        for (int i = 0; i < BOUNDS_NANOS.length; i++) {
            BOUNDS_NANOS[i] = Math.round(BOUNDS_SECONDS[i] * 1e9);
        }
    }

    static final int CLASSES = 6;
    static final int STARTED = 0;
    static final int ENDED = 1;
    static final int RECEIVED_BYTES = 2;
    static final int SENT_BYTES = 3;
    static final int RETRIES = 4;
    static final int NANOS = 5;
    static final int FIRST_CLASS = 6;
    static final int FIRST_BUCKET = FIRST_CLASS + CLASSES;
    static final int SIZE = FIRST_BUCKET + BOUNDS_SECONDS.length + 1;

    private final LoopCounters counters = new LoopCounters(SIZE);

    TrafficCounters() {}

    public void started() {
        counters.add(STARTED, 1);
    }

    /**
     * One that {@link #started} has ended.
     *
     * @param status 0 where there was no response
     */
    public void ended(int status, long durationNanos) {
        counters.add(ENDED, 1);
        counters.add(FIRST_CLASS + (status < 100 || status > 599 ? 0 : status / 100), 1);
        counters.add(NANOS, durationNanos);
        int bucket = 0;
        while (bucket < BOUNDS_NANOS.length && durationNanos > BOUNDS_NANOS[bucket]) {
            bucket++;
        }
        counters.add(FIRST_BUCKET + bucket, 1);
    }

    /** Bytes of bodies, seen from the proxy. */
    public void bytes(long received, long sent) {
        counters.add(RECEIVED_BYTES, received);
        counters.add(SENT_BYTES, sent);
    }

    public void retried() {
        counters.add(RETRIES, 1);
    }

    /** Whether nothing is in progress. */
    boolean isQuiet() {
        return read(STARTED) == read(ENDED);
    }

    long read(int cell) {
        return counters.read(cell);
    }
}
