package dev.weft.proxy.overload;

import io.netty.channel.EventLoop;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory for buffers back before it ends: closes the connection that holds most, and then the next, for as long as there is
 * as little left as {@link MemoryGuard} turns new requests away at. Those that have begun can hold more than there is, since each of
 * a hundred streams of a connection may be held up by its receiver; and a loop that finds no memory at all serves nobody.
 *
 * <p>Confined to its event loop. It looks only while bodies pile up: {@link #pilesUp} is to be called whenever one begins to wait.
 */
public final class MemoryRelief {
    /** What a connection that is stuck holds at least: with less, whoever fills it has gone on (the low water mark of a channel). */
    public static final long LEAST_BYTES = 32 * 1024;

    /** What fills what is left at the speed of one loop takes longer than this. */
    static final long LOOK_MILLIS = 10;

    /** Looks after the last body began to wait: what waits grows up to its window. */
    static final int LOOKS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(MemoryRelief.class);

    /** The connections of one loop. */
    public interface Holders {
        /**
         * Closes the connection that holds most, where that is {@code leastBytes} or more.
         *
         * @return what it was, for people; null where there is none
         */
        @Nullable
        String closeLargest(long leastBytes);
    }

    private final EventLoop loop;
    private final MemoryUse use;
    private final Holders holders;
    private final Runnable look = this::look;
    private int looksLeft;

    public MemoryRelief(EventLoop loop, MemoryUse use, Holders holders) {
        this.loop = loop;
        this.use = use;
        this.holders = holders;
    }

    /** Something waits in memory for a receiver. */
    public void pilesUp() {
        boolean looking = looksLeft > 0;
        looksLeft = LOOKS;
        if (!looking) {
            lookLater();
        }
    }

    private void lookLater() {
        loop.schedule(look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        double buffers = use.buffers();
        if (buffers >= MemoryGuard.ENTER) {
            looksLeft = LOOKS;
            closeLargest(buffers);
        }
        if (--looksLeft > 0) {
            lookLater();
        }
    }

    /** Where there is no memory even for that, the next look tries again: it must not be the last. */
    private void closeLargest(double buffers) {
        try {
            String closed = holders.closeLargest(LEAST_BYTES);
            if (closed != null) {
                LOG.warn("overloaded: {} % of the memory for buffers in use; closed {}", percent(buffers), closed);
            }
        } catch (RuntimeException | OutOfMemoryError failed) {
            LOG.warn("overloaded: {} % of the memory for buffers in use; nothing closed", percent(buffers), failed);
        }
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f", share * 100);
    }
}
