package dev.weft.demo;

import java.io.IOException;
import java.time.Duration;

/**
 * Until when something is waited for that can only be asked about. Immutable.
 *
 * @param atNanos on the clock of {@link System#nanoTime}
 */
record Deadline(long atNanos, Duration patience) {
    private static final Duration LOOKS_EVERY = Duration.ofMillis(10);

    static Deadline in(Duration patience) {
        return new Deadline(System.nanoTime() + patience.toNanos(), patience);
    }

    boolean isOver() {
        return System.nanoTime() > atNanos;
    }

    /**
     * Waits a moment.
     *
     * @param otherwise what is the matter if it is too late
     * @throws IOException if it is
     */
    void orWait(String otherwise) throws IOException, InterruptedException {
        if (isOver()) {
            throw new IOException(otherwise + " after " + patience.toSeconds() + " s");
        }
        Thread.sleep(LOOKS_EVERY);
    }
}
