package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.testing.ObservedProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client whose connection is not read, because what it sends is not taken, or because it has sent all, may still be lost. */
@Timeout(60)
class ResetWhilePausedTest {
    /** A look a second, and a machine that is busy. */
    private static final long SOON_SECONDS = 5;

    private static final byte[] CHUNK = new byte[64 * 1024];

    @RegisterExtension
    private final Opened opened = new Opened();

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch cancelled = new CountDownLatch(1);

    private ObservedProxy proxyTo(RawOrigin.Script script) throws IOException {
        RawOrigin origin = opened.open(RawOrigin.following(script));
        return opened.open(new ObservedProxy(Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder().accessLog(AccessLog.JSON).build())
                .to("127.0.0.1:" + origin.port())));
    }

    private RawClient client(ObservedProxy proxy) throws IOException {
        return opened.open(RawClient.connect(proxy.address()));
    }

    /** Sends until nothing more is taken for half a second. */
    private static void fill(RawClient client) {
        AtomicLong sent = new AtomicLong();
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    client.send(CHUNK);
                    sent.addAndGet(CHUNK.length);
                }
            } catch (IOException reset) {
                sent.set(-1);
            }
        });
        AtomicLong last = new AtomicLong(-1);
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> sent.get() > 0 && last.getAndSet(sent.get()) == sent.get());
    }

    @Test
    void inTheMiddleOfARequestThatTheOriginDoesNotTakeItIsNoticed() throws Exception {
        ObservedProxy proxy = proxyTo(wire -> {
            wire.requestHead();
            asked.countDown();
            await(cancelled);
        });
        RawClient client = client(proxy);
        client.send("PUT / HTTP/1.1\r\nHost: web\r\nContent-Length: 1000000000\r\n\r\n");
        await(asked);
        fill(client);

        client.reset();

        Awaitility.await()
                .atMost(Duration.ofSeconds(SOON_SECONDS))
                .untilAsserted(() -> assertThat(proxy.sample("weft_downstream_active_requests", "listener", "http"))
                        .isZero());
        assertThat(proxy.logged(1).getFirst()).contains("\"failure\":\"DC\"");
        proxy.awaitQuiet("origin");
        cancelled.countDown();
    }

    /** It has ended its side, gets part of its answer, and is gone before the rest comes, which may take for ever. */
    @Test
    void behindTheEndOfItsInputItIsNoticed() throws Exception {
        ObservedProxy proxy = proxyTo(wire -> {
            wire.requestHead();
            wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            asked.countDown();
            wire.receiveToEnd();
            cancelled.countDown();
        });
        RawClient client = client(proxy);
        client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").responseHead();
        client.shutdownOutput();
        await(asked);

        client.reset();

        assertThat(cancelled.await(SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(proxy.logged(1).getFirst()).contains("\"failure\":\"DC\"");
    }

    @Test
    void aPauseThatEndsLeavesTheConnectionAlone() throws Exception {
        CountDownLatch mayRead = new CountDownLatch(1);
        int length = 32 << 20;
        ObservedProxy proxy = proxyTo(wire -> {
            wire.requestHead();
            await(mayRead);
            wire.receive(length);
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            wire.requestHead();
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        RawClient client = client(proxy);
        Thread sender = Thread.ofVirtual().start(() -> {
            try {
                client.send("PUT / HTTP/1.1\r\nHost: web\r\nContent-Length: " + length + "\r\n\r\n");
                client.send(new byte[length]);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        sender.join(Duration.ofMillis(2500)); // two looks at a connection that is well
        mayRead.countDown();
        sender.join();

        assertThat(client.response().body()).isEqualTo("ok");
        assertThat(client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").response().body())
                .isEqualTo("ok");
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
