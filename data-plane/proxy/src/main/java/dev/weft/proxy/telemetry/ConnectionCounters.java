package dev.weft.proxy.telemetry;

/**
 * The numbers of the opaque connections of one listener, or to one cluster, on one event loop.
 *
 * <p>Changed by that loop only, read by scrapes; see {@link LoopCounters}.
 */
public final class ConnectionCounters {
    static final int BEGUN = 0;
    static final int ENDED = 1;
    static final int RECEIVED_BYTES = 2;
    static final int SENT_BYTES = 3;
    static final int CONNECT_FAILURES = 4;
    static final int SIZE = 5;

    private final LoopCounters counters = new LoopCounters(SIZE);

    ConnectionCounters() {}

    public void begun() {
        counters.add(BEGUN, 1);
    }

    /** One that {@link #begun} has ended. */
    public void ended() {
        counters.add(ENDED, 1);
    }

    /** Seen from the proxy, as they come, since a connection may live for days. */
    public void received(int bytes) {
        counters.add(RECEIVED_BYTES, bytes);
    }

    /** As {@link #received}. */
    public void sent(int bytes) {
        counters.add(SENT_BYTES, bytes);
    }

    /** An endpoint could not be connected to. */
    public void connectFailed() {
        counters.add(CONNECT_FAILURES, 1);
    }

    /** Whether none is open. */
    boolean isQuiet() {
        return read(BEGUN) == read(ENDED);
    }

    long read(int cell) {
        return counters.read(cell);
    }
}
