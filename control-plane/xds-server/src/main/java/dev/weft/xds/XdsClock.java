package dev.weft.xds;

import java.time.Duration;
import java.time.Instant;

/** Thread-safe. Time and timers, injected so that tests crank them by hand. */
public interface XdsClock {
    Instant now();

    /** Runs the task once, later, on a thread of its own; the task returns at once. */
    Timer after(Duration delay, Runnable task);

    /** Real time, on one daemon thread that lives as long as the process. */
    static XdsClock system() {
        return SystemClock.INSTANCE;
    }

    /** Thread-safe. A task that has not run yet. */
    interface Timer {
        void cancel();
    }
}
