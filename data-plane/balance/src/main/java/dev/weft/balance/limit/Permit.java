package dev.weft.balance.limit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Thread-safe: the right to use something bounded. Whoever acquired it ends it exactly once, however the work ended;
 * ending it again throws, because the bound would silently grow.
 */
public final class Permit {

    private static final VarHandle ENDED;

    static {
        try {
            ENDED = MethodHandles.lookup().findVarHandle(Permit.class, "ended", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ConcurrencyLimit limit;

    @SuppressWarnings("UnusedVariable") // written through ENDED
    private volatile boolean ended;

    Permit(ConcurrencyLimit limit) {
        this.limit = limit;
    }

    /** Gives it back; throws {@link IllegalStateException} the second time. */
    public void end() {
        if (!ENDED.compareAndSet(this, false, true)) {
            throw new IllegalStateException("permit of " + limit + " ended twice (expected: once)");
        }
        limit.giveBack();
    }
}
