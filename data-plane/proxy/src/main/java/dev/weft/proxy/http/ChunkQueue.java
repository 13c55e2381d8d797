package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Pieces of a body that wait, in their order. Owns the buffers in it.
 *
 * <p>Small pieces are copied together. Each would otherwise cost an object and hold the whole buffer that it was read into: of a
 * body that comes in chunks of a byte, 64 KiB took 3 MB, and forty clients that sent one filled the heap.
 *
 * <p>Confined to its event loop.
 */
public final class ChunkQueue {
    private static final int SMALL_BYTES = 1024;

    /** Never grown: pieces of a block may be on their way to the kernel while more is added to it. */
    private static final int BLOCK_BYTES = 2048;

    private final int uncopied;
    private final ArrayDeque<ByteBuf> chunks;

    /** The last chunk, where it is a block of ours with room left. */
    private @Nullable ByteBuf block;

    /** @param uncopied how many pieces are taken as they are before small ones are copied; a short body is not worth it */
    public ChunkQueue(int uncopied) {
        this.uncopied = uncopied;
        this.chunks = new ArrayDeque<>(Math.max(1, uncopied));
    }

    /** Takes ownership. */
    public void add(ByteBuf data) {
        int bytes = data.readableBytes();
        if (bytes >= SMALL_BYTES || chunks.size() < uncopied) {
            chunks.addLast(data);
            block = null;
            return;
        }
        ByteBuf into = block;
        if (into == null || into.writableBytes() < bytes) {
            into = data.alloc().buffer(BLOCK_BYTES, BLOCK_BYTES);
            block = into;
            chunks.addLast(into);
        }
        into.writeBytes(data);
        data.release();
    }

    /** Puts back what was taken before, in front. */
    public void putBack(ChunkQueue taken) {
        taken.block = null;
        for (ByteBuf chunk = taken.chunks.pollLast(); chunk != null; chunk = taken.chunks.pollLast()) {
            chunks.addFirst(chunk);
        }
    }

    /** The first, which stays; null where there is none. */
    public @Nullable ByteBuf peek() {
        return chunks.peekFirst();
    }

    /** The first, which the caller owns; null where there is none. */
    public @Nullable ByteBuf poll() {
        ByteBuf first = chunks.pollFirst();
        if (chunks.isEmpty()) {
            block = null;
        }
        return first;
    }

    /** Counted anew at each call. */
    public long bytes() {
        long sum = 0;
        for (ByteBuf chunk : chunks) {
            sum += chunk.readableBytes();
        }
        return sum;
    }

    public boolean isEmpty() {
        return chunks.isEmpty();
    }

    public void release() {
        for (ByteBuf chunk = poll(); chunk != null; chunk = poll()) {
            chunk.release();
        }
    }
}
