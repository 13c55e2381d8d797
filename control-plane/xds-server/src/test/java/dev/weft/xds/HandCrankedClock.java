package dev.weft.xds;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Thread-safe. Time that passes only when a test says so. */
final class HandCrankedClock implements XdsClock {
    private final List<Due> timers = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    private record Due(Instant at, Runnable task) {}

    @Override
    public synchronized Instant now() {
        return now;
    }

    @Override
    public synchronized Timer after(Duration delay, Runnable task) {
        Due due = new Due(now.plus(delay), task);
        timers.add(due);
        return () -> cancel(due);
    }

    /** Lets time pass, and runs what falls due on the caller's thread, in order. */
    void advance(Duration time) {
        Instant until = now().plus(time);
        for (Due due = next(until); due != null; due = next(until)) {
            due.task().run();
        }
    }

    synchronized int waiting() {
        return timers.size();
    }

    private synchronized void cancel(Due due) {
        timers.remove(due);
    }

    private synchronized @org.jspecify.annotations.Nullable Due next(Instant until) {
        Due due = timers.stream()
                .filter(d -> !d.at().isAfter(until))
                .min(Comparator.comparing(Due::at))
                .orElse(null);
        now = due == null ? until : due.at();
        timers.remove(due);
        return due;
    }
}
