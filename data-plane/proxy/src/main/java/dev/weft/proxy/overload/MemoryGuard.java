package dev.weft.proxy.overload;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether so much memory is in use that a new request is better turned away: one that is begun may need buffers for its body, its
 * response and a slow client, and without memory all requests would fail instead of the newest.
 *
 * <p>Turning away begins at {@link #ENTER} of the buffers' or the heap's limit and ends below {@link #LEAVE}; the gap keeps it from
 * flapping. Memory is looked at when requests arrive, at most once in {@link #SAMPLE_MILLIS}, so that an idle proxy stays idle.
 *
 * <p>Confined to one event loop.
 */
public final class MemoryGuard {
    /** From this share of a limit on, requests are turned away. */
    public static final double ENTER = 0.90;

    /** Below this share they are taken again. */
    public static final double LEAVE = 0.80;

    static final long SAMPLE_MILLIS = 5;

    private static final Logger LOG = LoggerFactory.getLogger(MemoryGuard.class);

    private final MemoryUse use;
    private long sampledAt;
    private boolean sampled;
    private @Nullable String shortage;

    public MemoryGuard(MemoryUse use) {
        this.use = use;
    }

    /**
     * Why a request is to be turned away; null where there is memory for it.
     *
     * @param nowNanos of the loop's clock
     */
    public @Nullable String shortage(long nowNanos) {
        if (!sampled || nowNanos - sampledAt >= TimeUnit.MILLISECONDS.toNanos(SAMPLE_MILLIS)) {
            sampled = true;
            sampledAt = nowNanos;
            sample();
        }
        return shortage;
    }

    private void sample() {
        double limit = shortage == null ? ENTER : LEAVE;
        double buffers = use.buffers();
        double heap = use.heap();
        String now = buffers >= limit ? said(buffers, "memory for buffers") : heap >= limit ? said(heap, "heap") : null;
        if (now != null && shortage == null) {
            LOG.warn("overloaded: {}; requests are turned away with 503", now);
        } else if (now == null && shortage != null) {
            LOG.info("no longer overloaded; requests are taken again");
        }
        shortage = now;
    }

    private static String said(double share, String what) {
        return String.format(Locale.ROOT, "%.0f %% of the %s in use", share * 100, what);
    }
}
