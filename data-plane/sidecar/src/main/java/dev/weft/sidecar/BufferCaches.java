package dev.weft.sidecar;

import io.netty.util.internal.PlatformDependent;

/**
 * Bounds how much of the memory for buffers event loops keep for their next request. Each loop has caches of its own, one for each of
 * the sizes that Netty's allocator tells apart, and what they keep counts as used: many loops that once held much would leave too
 * little for anyone. Stateless.
 */
final class BufferCaches {
    /** Read by Netty once, when its allocator is loaded. */
    private static final String PROPERTY = "io.netty.allocator.threadLocalChunkCacheMaxBytes";

    /** All loops together, of one size; some four sizes are in use at a time, for heads, reads, frames and TLS records. */
    private static final int SHARE = 16;

    private static final int LEAST_BYTES = 128 * 1024;
    /** Netty's own default, and what responses of 64 KiB to 64 clients need lest buffers be allocated anew: 7 % of their cost. */
    private static final int MOST_BYTES = 8 * 1024 * 1024;

    private BufferCaches() {}

    /** To be called before any buffer is made; leaves alone what the user has set. */
    static void bound(int loops) {
        if (System.getProperty(PROPERTY) == null) {
            System.setProperty(PROPERTY, Integer.toString(bytes(PlatformDependent.maxDirectMemory(), loops)));
        }
    }

    /** For one size in one loop. */
    static int bytes(long memory, int loops) {
        return Math.clamp(memory / SHARE / loops, LEAST_BYTES, MOST_BYTES);
    }
}
