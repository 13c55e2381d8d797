package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A side that does not read holds up the other side, and not our memory. */
class BackPressureTest {
    /** What sockets on both sides of up to two proxies and our own windows may hold. */
    private static final long HELD_BYTES = 24L << 20;

    private static final long BODY_BYTES = 128L << 20;
    private static final String CHUNK = "x".repeat(64 * 1024);

    @RegisterExtension
    private final Opened opened = new Opened();

    @Test
    void aClientThatDoesNotReadStopsItsOrigin() throws IOException {
        AtomicLong sent = new AtomicLong();
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            wire.request();
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n");
            while (sent.get() < BODY_BYTES) {
                wire.send(CHUNK);
                sent.addAndGet(CHUNK.length());
            }
        }));
        Proxy last = proxyTo("127.0.0.1:" + origin.port(), UpstreamProtocol.HTTP1);
        Proxy first = proxyTo("127.0.0.1:" + last.address("http").getPort(), UpstreamProtocol.HTTP2);
        RawClient client = opened.open(RawClient.connect(first.address("http")));
        client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n");

        assertThat(standsStill(sent)).isLessThan(HELD_BYTES);
        assertThat(client.response().body()).hasSize((int) BODY_BYTES);
    }

    @Test
    void anOriginThatDoesNotReadStopsItsClient() throws Exception {
        var release = new java.util.concurrent.CountDownLatch(1);
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            wire.requestHead();
            awaitQuietly(release);
            for (long left = BODY_BYTES; left > 0; left -= CHUNK.length()) {
                wire.receive(CHUNK.length());
            }
            wire.send("HTTP/1.1 204 No Content\r\n\r\n");
        }));
        Proxy last = proxyTo("127.0.0.1:" + origin.port(), UpstreamProtocol.HTTP1);
        Proxy first = proxyTo("127.0.0.1:" + last.address("http").getPort(), UpstreamProtocol.HTTP2);
        RawClient client = opened.open(RawClient.connect(first.address("http")));
        AtomicLong sent = new AtomicLong();
        Thread sender = Thread.ofVirtual().start(() -> {
            try {
                client.send("PUT / HTTP/1.1\r\nHost: web\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n");
                while (sent.get() < BODY_BYTES) {
                    client.send(CHUNK);
                    sent.addAndGet(CHUNK.length());
                }
            } catch (IOException e) {
                sent.set(-1);
            }
        });

        assertThat(standsStill(sent)).isBetween(0L, HELD_BYTES);
        release.countDown();
        sender.join();
        assertThat(client.response().status()).isEqualTo(204);
        assertThat(sent.get()).isEqualTo(BODY_BYTES);
    }

    /** The count once it has not moved for half a second. */
    private static long standsStill(AtomicLong count) {
        AtomicLong last = new AtomicLong(-1);
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> count.get() > 0 && last.getAndSet(count.get()) == count.get());
        return count.get();
    }

    private static void awaitQuietly(java.util.concurrent.CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Proxy proxyTo(String address, UpstreamProtocol protocol) {
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("c", address)
                .protocol(protocol)
                .and()
                .route("/", "c")
                .build());
        return proxy;
    }
}
