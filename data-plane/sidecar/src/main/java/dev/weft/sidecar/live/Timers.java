package dev.weft.sidecar.live;

import java.time.Duration;

/** Runs tasks later, on the thread that owns the configuration. */
public interface Timers {
    Timer after(Duration delay, Runnable task);

    /** A task that has not run yet. */
    interface Timer {
        /** Does nothing where the task ran. */
        void cancel();
    }
}
