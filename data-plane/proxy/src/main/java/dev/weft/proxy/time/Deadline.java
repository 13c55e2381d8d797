package dev.weft.proxy.time;

import org.jspecify.annotations.Nullable;

/**
 * Something that happens when a time has come, unless it was put off or cancelled before: an idle limit, a request's timeout.
 *
 * <p>Confined to the event loop of the {@link LoopTimer} it is armed on. The object is itself the timer's list node, so whoever
 * needs a deadline makes one once, usually as an inner class, and arms it as often as needed.
 */
public abstract class Deadline {
    static final int UNLINKED = -1;

    @Nullable
    Deadline previous;

    @Nullable
    Deadline next;

    /** Which slot of the timer holds this, or {@link #UNLINKED}. */
    int slot = UNLINKED;

    /** The tick at which the slot is looked at; never later than the tick of {@link #atNanos}. */
    long placedTick;

    long atNanos;

    /** The time has come. The deadline is no longer armed, and may be armed again from here. */
    protected abstract void expired();

    public final boolean isArmed() {
        return slot != UNLINKED;
    }

    /** The time it is armed for, on the clock of {@link LoopTimer#nanos}; meaningless while it is not armed. */
    public final long atNanos() {
        return atNanos;
    }
}
