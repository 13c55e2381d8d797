package dev.weft.proxy.telemetry;

import dev.weft.proxy.format.RequestFacts;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.LogFormat;
import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's access log: formats lines into a block, and hands it to the writer when it is full or {@value #DELAY_MILLIS}
 * ms old. Allocates nothing per line.
 *
 * <p>Confined to its event loop.
 */
public final class LoopAccessLog {
    private static final int DELAY_MILLIS = 50;
    private static final int MOST_COMPILED = 100;

    private final AccessLogWriter writer;
    private final LoopTimer timer;
    private final AccessLogFormat format = new AccessLogFormat();
    private final LineBuffer line = new LineBuffer();
    private final RequestRecord record = new RequestRecord();
    private final ConnectionRecord connection = new ConnectionRecord();
    private final Map<LogFormat, LineFormat> compiled = new HashMap<>();
    private AccessLogWriter.@Nullable Block block;

    private final Deadline handOver = new Deadline() {
        @Override
        protected void expired() {
            flush();
        }
    };

    public LoopAccessLog(AccessLogWriter writer, LoopTimer timer) {
        this.writer = writer;
        this.timer = timer;
    }

    /** The record to fill before {@link #log}; it is always the same one. */
    public RequestRecord record() {
        return record;
    }

    /** The record to fill before {@link #logConnection}, likewise. */
    public ConnectionRecord connection() {
        return connection;
    }

    /** Writes the record as one line. */
    public void log(AccessLog as) {
        format.format(record, as, System.currentTimeMillis(), line);
        append();
    }

    /** Writes a line of that format. */
    public void log(LineFormat as, RequestFacts facts) {
        line.clear();
        as.write(facts, line);
        line.raw('\n');
        append();
    }

    /**
     * Writes a line of that format, which is compiled when it is first met.
     *
     * @throws IllegalArgumentException where an operator of it is not known
     */
    public void log(LogFormat as, RequestFacts facts) {
        LineFormat known = compiled.get(as);
        if (known == null) {
            if (compiled.size() == MOST_COMPILED) {
                compiled.clear(); // most are of configurations that are no more
            }
            known = LineFormat.compile(as);
            compiled.put(as, known);
        }
        log(known, facts);
    }

    /** Writes the connection's record as one line. */
    public void logConnection(AccessLog as) {
        format.format(connection, as, System.currentTimeMillis(), line);
        append();
    }

    private void append() {
        if (block != null && block.used + line.length() > AccessLogWriter.BLOCK_BYTES) {
            flush();
        }
        if (block == null) {
            block = writer.take();
        }
        if (block == null || line.length() > AccessLogWriter.BLOCK_BYTES) {
            writer.drop(1);
            return;
        }
        line.copyTo(block.bytes, block.used);
        block.used += line.length();
        block.lines++;
        if (!handOver.isArmed()) {
            timer.arm(handOver, TimeUnit.MILLISECONDS.toNanos(DELAY_MILLIS));
        }
    }

    /** Hands over what there is. */
    public void flush() {
        if (block != null && block.used > 0) {
            writer.write(block);
            block = null;
        }
    }
}
