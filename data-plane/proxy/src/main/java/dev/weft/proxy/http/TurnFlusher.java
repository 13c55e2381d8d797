package dev.weft.proxy.http;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flushes, once at the end of an event loop's turn, every connection that wrote in it: what a burst of reads caused on other
 * channels leaves in one system call for each of them, and nobody has to know when the burst was over.
 *
 * <p>Confined to its event loop; there is one per loop.
 */
public final class TurnFlusher {
    /** A connection with bytes to flush. */
    public interface Target {
        /** Flushes; the target may be registered again from now on. */
        void flushTurn();
    }

    private static final Logger LOG = LoggerFactory.getLogger(TurnFlusher.class);

    private static final FastThreadLocal<TurnFlusher> OF_LOOP = new FastThreadLocal<>();

    private final EventLoop loop;
    private final Runnable flushAll = this::flushAll;
    private ArrayList<Target> targets = new ArrayList<>();
    private ArrayList<Target> spare = new ArrayList<>();

    private TurnFlusher(EventLoop loop) {
        this.loop = loop;
    }

    /** The flusher of {@code loop}, which must be the calling thread's. */
    public static TurnFlusher of(EventLoop loop) {
        TurnFlusher flusher = OF_LOOP.get();
        if (flusher == null || !flusher.loop.equals(loop)) {
            flusher = new TurnFlusher(loop);
            OF_LOOP.set(flusher);
        }
        return flusher;
    }

    /** Flushes {@code target} at the end of this turn; it must not be registered twice before {@link Target#flushTurn}. */
    public void register(Target target) {
        targets.add(target);
        if (targets.size() == 1) {
            loop.execute(flushAll);
        }
    }

    private void flushAll() {
        // A flush may close a channel, whose end may write to others:
        // those register in the other list and get a task of their own.
        ArrayList<Target> now = targets;
        targets = spare;
        spare = now;
        for (int i = 0; i < now.size(); i++) {
            try {
                now.get(i).flushTurn();
            } catch (Throwable failure) { // of one connection; the others are still to be flushed, now and ever after
                LOG.warn("a connection could not be flushed", failure);
            }
        }
        now.clear();
    }
}
