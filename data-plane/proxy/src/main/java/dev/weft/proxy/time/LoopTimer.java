package dev.weft.proxy.time;

import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clock and the deadlines of one event loop.
 *
 * <p>Confined to that loop.
 *
 * <p>A proxy arms several deadlines per request and nearly all of them are cancelled. Netty's own queue would cost an object, a
 * future and a heap operation each time; here a deadline is a node in a doubly linked list, and arming, putting off and
 * cancelling are a few stores. The lists are the slots of a hierarchical wheel (Varghese and Lauck, "Hashed and Hierarchical
 * Timing Wheels", scheme 7, in the layout that Linux and Tokio use): level 0 has 64 slots of one tick, each further level 64
 * slots of 64 times the span. A slot of a higher level that comes due is dealt out to the lower ones. One word per level has a
 * bit per slot in use, so the next slot to look at is found without walking empty ones.
 *
 * <p>Nothing ticks: the loop is woken, by one scheduled task, when the next used slot is due, and not at all while nothing is
 * armed. A deadline that is put off stays in its slot and is moved when the slot is looked at, so an idle limit that every
 * request puts off costs one store. Cancelling leaves the wake-up in place; it finds nothing and plans the next.
 *
 * <p>Deadlines expire up to one tick (8.4 ms) plus a loop iteration late, and never before their time.
 */
public final class LoopTimer {
    private static final Logger LOG = LoggerFactory.getLogger(LoopTimer.class);

    /** A tick is 2^23 ns. */
    private static final int TICK_SHIFT = 23;

    private static final long TICK_NANOS = 1L << TICK_SHIFT;
    private static final int SLOT_BITS = 6;
    private static final int SLOTS = 1 << SLOT_BITS;
    private static final int LEVELS = 4;

    /** About 39 hours; what is due later waits in the last slot and is placed again from there. */
    private static final long FARTHEST_TICKS = (1L << (SLOT_BITS * LEVELS)) - 1;

    private static final long NO_WAKE_UP = Long.MAX_VALUE;

    private final EventLoop loop;
    private final @Nullable SingleThreadEventLoop iterating;
    private final Ticker ticker;
    private final long originNanos;
    private final Runnable wakeUp = this::wakeUp;
    private final Runnable iterationEnd = this::iterationEnd;

    private final @Nullable Deadline[] slots = new @Nullable Deadline[LEVELS * SLOTS];
    private final long[] used = new long[LEVELS];

    /** Slots up to and including this tick were looked at. */
    private long elapsedTick;

    private long nowNanos;
    private boolean nowIsFresh;
    private long wakeUpTick = NO_WAKE_UP;
    private @Nullable Future<?> plannedWakeUp;
    private boolean expiring;

    /** The timer of {@code loop}, on its {@link Ticker}: a test hands in the loop of an embedded channel with a mock ticker. */
    public LoopTimer(EventLoop loop) {
        this.loop = loop;
        this.iterating = loop instanceof SingleThreadEventLoop single ? single : null;
        this.ticker = loop.ticker();
        this.originNanos = read();
    }

    public EventLoop loop() {
        return loop;
    }

    /**
     * The time, read once per iteration of the loop: everything done for one burst of reads sees the same. On real loops it can be
     * compared with {@link System#nanoTime}.
     */
    public long nanos() {
        if (nowIsFresh) {
            return nowNanos;
        }
        nowNanos = read();
        if (iterating != null) {
            nowIsFresh = true;
            iterating.executeAfterEventLoopIteration(iterationEnd);
        }
        return nowNanos;
    }

    /** Arms {@code deadline}, or moves it if it is armed, to {@code delayNanos} from now; a negative delay counts as 0. */
    public void arm(Deadline deadline, long delayNanos) {
        armAt(deadline, nanos() + Math.max(delayNanos, 0));
    }

    /** As {@link #arm}, for a point in time on the clock of {@link #nanos}. */
    public void armAt(Deadline deadline, long atNanos) {
        assert loop.inEventLoop() : "armed from outside of the loop";
        deadline.atNanos = atNanos;
        long tick = tickOf(atNanos);
        if (deadline.slot != Deadline.UNLINKED) {
            if (tick >= deadline.placedTick) {
                return; // its slot is looked at early enough
            }
            unlink(deadline);
        }
        place(deadline, tick);
        if (deadline.placedTick < wakeUpTick && !expiring) {
            planWakeUp(deadline.placedTick);
        }
    }

    /** Disarms {@code deadline}; nothing happens where it is not armed. */
    public void cancel(Deadline deadline) {
        assert loop.inEventLoop() : "cancelled from outside of the loop";
        if (deadline.slot != Deadline.UNLINKED) {
            unlink(deadline);
        }
    }

    /** Netty counts from the ticker's own start. */
    private long read() {
        return ticker.initialNanoTime() + ticker.nanoTime();
    }

    /** Ticks begin at the timer's origin; a deadline's tick begins at or after its time. */
    private long tickOf(long atNanos) {
        return (atNanos - originNanos + TICK_NANOS - 1) >> TICK_SHIFT;
    }

    /** Links {@code deadline} into the slot for {@code tick}: the level is where {@code tick} and the present first differ. */
    private void place(Deadline deadline, long tick) {
        long at = Math.clamp(tick, elapsedTick + 1, elapsedTick + FARTHEST_TICKS);
        int highestBit = 63 - Long.numberOfLeadingZeros(at ^ elapsedTick);
        int level = Math.min(highestBit / SLOT_BITS, LEVELS - 1);
        int shift = level * SLOT_BITS;
        int index = (int) (at >>> shift) & (SLOTS - 1);
        int slot = level * SLOTS + index;
        deadline.placedTick = at >>> shift << shift;
        deadline.slot = slot;
        Deadline head = slots[slot];
        deadline.next = head;
        if (head != null) {
            head.previous = deadline;
        }
        slots[slot] = deadline;
        used[level] |= 1L << index;
    }

    private void unlink(Deadline deadline) {
        int slot = deadline.slot;
        Deadline previous = deadline.previous;
        Deadline next = deadline.next;
        if (previous == null) {
            slots[slot] = next;
            if (next == null) {
                used[slot / SLOTS] &= ~(1L << (slot & (SLOTS - 1)));
            }
        } else {
            previous.next = next;
        }
        if (next != null) {
            next.previous = previous;
        }
        deadline.previous = null;
        deadline.next = null;
        deadline.slot = Deadline.UNLINKED;
    }

    private void wakeUp() {
        plannedWakeUp = null;
        wakeUpTick = NO_WAKE_UP;
        nanos();
        nowNanos = read(); // the time of this iteration may be from before the wake-up was due
        long nowTick = (nowNanos - originNanos) >> TICK_SHIFT;
        expiring = true;
        try {
            for (long next = nextUsedTick(); next <= nowTick; next = nextUsedTick()) {
                elapsedTick = next;
                lookAtSlotsOf(next, nowTick);
            }
            elapsedTick = Math.max(elapsedTick, nowTick);
        } finally {
            expiring = false;
        }
        long next = nextUsedTick();
        if (next != NO_WAKE_UP) {
            planWakeUp(next);
        }
    }

    /** The tick at which the first used slot begins. Slots up to the present are empty, so each level is read from there on. */
    private long nextUsedTick() {
        long first = NO_WAKE_UP;
        for (int level = 0; level < LEVELS; level++) {
            if (used[level] != 0) {
                long slotNow = elapsedTick >>> (level * SLOT_BITS);
                int ahead = Long.numberOfTrailingZeros(Long.rotateRight(used[level], (int) slotNow + 1)) + 1;
                first = Math.min(first, (slotNow + ahead) << (level * SLOT_BITS));
            }
        }
        return first;
    }

    /** Empties the slots that begin at {@code tick}, those of higher levels first since they are dealt out to lower ones. */
    private void lookAtSlotsOf(long tick, long nowTick) {
        for (int level = LEVELS - 1; level >= 0; level--) {
            int shift = level * SLOT_BITS;
            if (tick >>> shift << shift != tick) {
                continue;
            }
            int slot = level * SLOTS + ((int) (tick >>> shift) & (SLOTS - 1));
            for (Deadline deadline = slots[slot]; deadline != null; deadline = slots[slot]) {
                unlink(deadline);
                long due = tickOf(deadline.atNanos);
                if (due <= nowTick) {
                    expire(deadline);
                } else {
                    place(deadline, due);
                }
            }
        }
    }

    private static void expire(Deadline deadline) {
        try {
            deadline.expired();
        } catch (Throwable e) {
            LOG.error("A deadline's action failed; the others go on", e);
        }
    }

    private void planWakeUp(long tick) {
        if (plannedWakeUp != null) {
            plannedWakeUp.cancel(false);
        }
        wakeUpTick = tick;
        long delayNanos = originNanos + (tick << TICK_SHIFT) - nanos();
        plannedWakeUp = loop.schedule(wakeUp, Math.max(delayNanos, 0), TimeUnit.NANOSECONDS);
    }

    private void iterationEnd() {
        nowIsFresh = false;
    }
}
