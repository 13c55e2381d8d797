package dev.weft.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.time.LoopTimer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoopAccessLogTest {
    @Test
    void linesOfAFewMillisecondsAreWrittenTogether() {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.freezeTime();
        ByteArrayOutputStream sink = new ByteArrayOutputStream();
        AccessLogWriter writer = new AccessLogWriter(sink);
        LoopAccessLog log = new LoopAccessLog(writer, new LoopTimer(channel.eventLoop()));
        fill(log);
        log.log(AccessLog.TEXT);
        log.log(AccessLog.JSON);
        channel.advanceTimeBy(100, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        writer.close();

        assertThat(sink.toString(java.nio.charset.StandardCharsets.US_ASCII).lines())
                .hasSize(2);
        assertThat(writer.dropped()).isZero();
        channel.finishAndReleaseAll();
    }

    @Test
    void aRequestWithALongPathIsLoggedToo() {
        EmbeddedChannel channel = new EmbeddedChannel();
        ByteArrayOutputStream sink = new ByteArrayOutputStream();
        AccessLogWriter writer = new AccessLogWriter(sink);
        LoopAccessLog log = new LoopAccessLog(writer, new LoopTimer(channel.eventLoop()));
        fill(log);
        log.record().path = "/" + "\"".repeat(20_000);
        log.log(AccessLog.TEXT);
        log.flush();
        writer.close();

        assertThat(sink.toString(java.nio.charset.StandardCharsets.US_ASCII))
                .contains("\\\"... HTTP/1.1\" 200")
                .endsWith("\n");
        assertThat(writer.dropped()).isZero();
        channel.finishAndReleaseAll();
    }

    @Test
    void linesAreDroppedAndCountedWhereTheSinkIsStuck() throws InterruptedException {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.freezeTime();
        CountDownLatch stuck = new CountDownLatch(1);
        AccessLogWriter writer = new AccessLogWriter(new OutputStream() {
            @Override
            public void write(int b) {
                throw new UnsupportedOperationException("lines come in blocks");
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                try {
                    stuck.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        LoopAccessLog log = new LoopAccessLog(writer, new LoopTimer(channel.eventLoop()));
        fill(log);
        int lines = 2 * AccessLogWriter.BLOCKS * AccessLogWriter.BLOCK_BYTES / 150;
        for (int i = 0; i < lines; i++) {
            log.log(AccessLog.TEXT);
        }

        assertThat(writer.dropped()).isPositive().isLessThan(lines);
        stuck.countDown();
        writer.close();
        channel.finishAndReleaseAll();
    }

    private static void fill(LoopAccessLog log) {
        RequestRecord from = AccessLogFormatTest.request();
        RequestRecord to = log.record();
        to.listener = from.listener;
        to.peer = from.peer;
        to.protocol = from.protocol;
        to.method = from.method;
        to.scheme = from.scheme;
        to.authority = from.authority;
        to.path = from.path;
        to.status = from.status;
    }
}
