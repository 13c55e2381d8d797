package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.overload.MemoryUse;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.SocketException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is refused so that the rest can be served. */
class OverloadTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @RegisterExtension
    private final Opened opened = new Opened();

    private final CollectorRegistry registry = new CollectorRegistry();

    /** Written by the test, read by the event loop. */
    private volatile double buffers;

    @Test
    void requestsAreTurnedAwayWhileMemoryIsShortAndTakenAgainAfter() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        RawClient client = client(proxy(0, origin));
        assertThat(client.send(GET).response().status()).isEqualTo(200);

        buffers = 0.95;
        await().untilAsserted(
                        () -> assertThat(client.send(GET).response().status()).isEqualTo(503));
        RawMessage refused = client.send(GET).response();
        assertThat(refused.body()).isEqualTo("proxy is overloaded\n");
        assertThat(registry.getSampleValue("weft_failures_total", new String[] {"reason"}, new String[] {"overloaded"}))
                .isGreaterThanOrEqualTo(1.0);

        buffers = 0.5;
        await().untilAsserted(
                        () -> assertThat(client.send(GET).response().status()).isEqualTo(200));
    }

    @Test
    void connectionsBeyondTheLimitAreClosedAndThoseThatAreThereServed() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        Proxy proxy = proxy(2, origin);
        RawClient first = client(proxy);
        RawClient second = client(proxy);
        assertThat(first.send(GET).response().status()).isEqualTo(200);
        assertThat(second.send(GET).response().status()).isEqualTo(200);

        assertThat(client(proxy).receiveToEnd()).isEmpty();

        assertThat(first.send(GET).response().status()).isEqualTo(200);
        assertThat(registry.getSampleValue("weft_downstream_connections_refused_total"))
                .isEqualTo(1.0);
        second.close();
        await().untilAsserted(() -> assertThat(proxy.connections()).isEqualTo(1));
        assertThat(client(proxy).send(GET).response().status()).isEqualTo(200);
    }

    /** Otherwise a few clients that ask for much and take nothing hold all of it, for as long as they like. */
    @Test
    void theConnectionThatHoldsMostIsClosedWhileMemoryIsShortAndTheOthersAreServed() throws Exception {
        CountDownLatch cut = new CountDownLatch(1);
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            for (RawMessage request = wire.request(); request != null; request = wire.request()) {
                if (request.startLine().contains("/large")) {
                    buffers = 0.95; // from now on, since this request is taken
                    sendUntilCut(wire);
                    cut.countDown();
                    return;
                }
                wire.send(OK);
            }
        }));
        Proxy proxy = proxy(0, origin);
        RawClient patient = client(proxy);
        assertThat(patient.send(GET).response().status()).isEqualTo(200);

        client(proxy).send("GET /large HTTP/1.1\r\nHost: web\r\n\r\n");

        assertThat(cut.await(2, TimeUnit.MINUTES)).isTrue();
        await().untilAsserted(() -> assertThat(proxy.connections()).isEqualTo(1));
        assertThat(registry.getSampleValue("weft_downstream_connections_shed_total"))
                .isEqualTo(1.0);
        buffers = 0.5;
        await().untilAsserted(
                        () -> assertThat(patient.send(GET).response().status()).isEqualTo(200));
    }

    private static void sendUntilCut(RawOrigin.Wire wire) throws IOException {
        String piece = "x".repeat(10_000);
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
        try {
            while (true) {
                wire.send(piece);
            }
        } catch (SocketException cut) {
            // the client's connection was closed, and this one with it
        }
    }

    private Proxy proxy(int maxConnections, RawOrigin origin) {
        Proxy proxy = opened.open(Proxy.builder()
                .loops(1)
                .maxConnections(maxConnections)
                .metrics(registry)
                .memory(new MemoryUse() {
                    @Override
                    public double buffers() {
                        return buffers;
                    }

                    @Override
                    public double heap() {
                        return 0;
                    }
                })
                .build());
        proxy.apply(Setup.listen("127.0.0.1", 0).to("127.0.0.1:" + origin.port()));
        return proxy;
    }

    private RawClient client(Proxy proxy) throws IOException {
        return opened.open(RawClient.connect(proxy.address("http")));
    }
}
