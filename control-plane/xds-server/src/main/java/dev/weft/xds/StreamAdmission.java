package dev.weft.xds;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * Thread-safe; calls out without its lock held. Lets streams open at a bounded rate (S42): after a replica is lost all
 * its clients come at once, and what each costs is mostly its first responses. A waiting stream has sent nothing yet
 * and costs almost nothing.
 */
final class StreamAdmission {
    private static final Duration REFILL = Duration.ofMillis(100);

    private final int perSecond;
    private final int maxWaiting;
    private final XdsClock clock;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private double tokens;
    private Instant refilled;
    private boolean timerRuns;

    StreamAdmission(int perSecond, int maxWaiting, XdsClock clock) {
        this.perSecond = perSecond;
        this.maxWaiting = maxWaiting;
        this.clock = clock;
        this.tokens = perSecond;
        this.refilled = clock.now();
    }

    /** Runs {@code open} now or when its turn comes; false when too many wait already. */
    boolean admit(Runnable open) {
        synchronized (this) {
            if (waiting.size() >= Math.max(1, maxWaiting)) {
                return false;
            }
            waiting.add(open);
        }
        advance();
        synchronized (this) {
            return maxWaiting > 0 || !waiting.remove(open);
        }
    }

    private void advance() {
        for (Runnable open : takeTurns()) {
            open.run();
        }
        if (needsTimer()) {
            clock.after(REFILL, this::timerFired);
        }
    }

    private void timerFired() {
        synchronized (this) {
            timerRuns = false;
        }
        advance();
    }

    private synchronized List<Runnable> takeTurns() {
        Instant now = clock.now();
        double earned = Duration.between(refilled, now).toNanos() * 1e-9 * perSecond;
        tokens = Math.min(perSecond, tokens + Math.max(0, earned));
        refilled = now;
        List<Runnable> turns = new ArrayList<>();
        while (tokens >= 1 && !waiting.isEmpty()) {
            tokens--;
            turns.add(waiting.remove());
        }
        return turns;
    }

    private synchronized boolean needsTimer() {
        boolean needed = !waiting.isEmpty() && !timerRuns;
        timerRuns |= needed;
        return needed;
    }
}
