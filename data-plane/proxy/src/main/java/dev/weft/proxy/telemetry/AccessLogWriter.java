package dev.weft.proxy.telemetry;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes blocks of access-log lines from the event loops and writes them with a thread of its own, so that a slow disk or pipe
 * never holds a request.
 *
 * <p>Thread-safe. Memory is bounded: there are {@value #BLOCKS} blocks in all, each used again once it was written. Where none
 * is free, lines are dropped and counted. The thread exists once a first line does.
 */
public final class AccessLogWriter implements AutoCloseable {
    static final int BLOCKS = 64;
    static final int BLOCK_BYTES = 32 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(AccessLogWriter.class);

    /** Lines of one loop. Owned by the loop that fills it, then, through the queue, by the writer. */
    static final class Block {
        final byte[] bytes = new byte[BLOCK_BYTES];
        int used;
        int lines;
    }

    private final OutputStream sink;
    private final ArrayBlockingQueue<Block> free = new ArrayBlockingQueue<>(BLOCKS);
    private final ArrayBlockingQueue<Block> full = new ArrayBlockingQueue<>(BLOCKS);
    private final LongAdder dropped = new LongAdder();

    /** Guarded by this. */
    private int made;

    /** Guarded by this. */
    private @Nullable Thread thread;

    /** Published by {@link #close} to the writing thread. */
    private volatile boolean closed;

    public AccessLogWriter(OutputStream sink) {
        this.sink = sink;
    }

    /** Lines dropped so far. */
    public long dropped() {
        return dropped.sum();
    }

    void drop(long lines) {
        dropped.add(lines);
    }

    /** An empty block, or null where all are in use. Never blocks. */
    @Nullable
    Block take() {
        Block block = free.poll();
        return block != null ? block : make();
    }

    /** Hands a block over to be written. Never blocks: the queue has room for all blocks there are. */
    void write(Block block) {
        full.add(block);
    }

    /** Writes what was handed over, flushes, and ends the thread; what is handed over later is lost. */
    @Override
    public void close() {
        Thread writing;
        synchronized (this) {
            closed = true;
            writing = thread;
        }
        if (writing == null) {
            return;
        }
        try {
            writing.join(TimeUnit.SECONDS.toMillis(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized @Nullable Block make() {
        if (made == BLOCKS || closed) {
            return null;
        }
        if (made++ == 0) {
            thread = Thread.ofPlatform().daemon().name("weft-access-log").start(this::writeUntilClosed);
        }
        return new Block();
    }

    private void writeUntilClosed() {
        try {
            for (; ; ) {
                Block block = full.poll(100, TimeUnit.MILLISECONDS);
                if (block != null) {
                    write(block.bytes, block.used, block.lines);
                    block.used = 0;
                    block.lines = 0;
                    free.add(block);
                } else if (closed) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("The access log's thread was interrupted and ends");
        }
    }

    private void write(byte[] bytes, int length, int lines) {
        try {
            sink.write(bytes, 0, length);
            if (full.isEmpty()) {
                sink.flush();
            }
        } catch (IOException e) {
            dropped.add(lines);
            LOG.warn("Access log: {} lines lost: {}", lines, e.getMessage());
        }
    }
}
