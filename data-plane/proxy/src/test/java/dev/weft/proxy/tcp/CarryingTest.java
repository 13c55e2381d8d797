package dev.weft.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Opaque bytes between a client and an endpoint. */
class CarryingTest {
    private static final int CHUNKS = 512;
    private static final byte[] CHUNK = new byte[64 * 1024];

    @RegisterExtension
    private final TcpFixture tcp = new TcpFixture();

    @Test
    void theyPassBothWays() throws IOException {
        RawOrigin origin = tcp.origin(wire -> wire.send(wire.receive(3)).send(wire.receive(1)));
        tcp.cluster(origin.port()).apply();
        RawClient client = tcp.client();

        client.send("ab").send("c!");

        assertThat(client.receive(4)).isEqualTo("abc!");
    }

    @Test
    void theEndpointMaySpeakFirst() throws IOException {
        tcp.cluster(tcp.saying("220 hello").port()).apply();

        assertThat(tcp.client().receiveToEnd()).isEqualTo("220 hello");
    }

    @Test
    void theyAreCountedOnBothSides() throws IOException {
        RawOrigin origin = tcp.origin(wire -> wire.send(wire.receive(3) + "45"));
        tcp.cluster(origin.port()).apply();

        RawClient client = tcp.client();
        assertThat(client.send("123").receiveToEnd()).isEqualTo("12345");
        client.close();

        tcp.expectNothingLeft();
        assertThat(tcp.metric("weft_downstream_tcp_connections_total", "listener", "tcp"))
                .isEqualTo(1);
        assertThat(tcp.metric("weft_upstream_tcp_connections_total", "cluster", "db"))
                .isEqualTo(1);
        assertThat(bytes("downstream", "listener", "tcp", "received")).isEqualTo(3);
        assertThat(bytes("downstream", "listener", "tcp", "sent")).isEqualTo(5);
        assertThat(bytes("upstream", "cluster", "db", "sent")).isEqualTo(3);
        assertThat(bytes("upstream", "cluster", "db", "received")).isEqualTo(5);
    }

    private double bytes(String side, String label, String name, String direction) {
        Double sample = tcp.metrics.getSampleValue(
                "weft_" + side + "_tcp_bytes_total", new String[] {label, "direction"}, new String[] {name, direction});
        return sample == null ? -1 : sample;
    }

    @Test
    void aReceiverThatDoesNotReadStopsTheSender() throws Exception {
        CountDownLatch mayRead = new CountDownLatch(1);
        AtomicLong read = new AtomicLong();
        CountDownLatch allRead = new CountDownLatch(1);
        RawOrigin origin = tcp.origin(wire -> {
            await(mayRead);
            for (int i = 0; i < CHUNKS; i++) {
                read.addAndGet(wire.receive(CHUNK.length).length());
            }
            allRead.countDown();
        });
        tcp.cluster(origin.port()).apply();
        RawClient client = tcp.client();
        AtomicLong sent = new AtomicLong();
        Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; i < CHUNKS; i++) {
                    client.send(CHUNK);
                    sent.addAndGet(CHUNK.length);
                }
            } catch (IOException ended) {
                // The assertions below say what is missing.
            }
        });

        AtomicLong before = new AtomicLong(-1);
        org.awaitility.Awaitility.await()
                .pollInterval(java.time.Duration.ofMillis(300))
                .until(() -> before.getAndSet(sent.get()) == sent.get());
        assertThat(sent.get())
                .as("what the kernel holds, and one buffer")
                .isLessThan((long) CHUNKS * CHUNK.length)
                .isGreaterThan(0);
        mayRead.countDown();
        await(allRead);
        assertThat(read.get()).isEqualTo((long) CHUNKS * CHUNK.length);
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IOException("not let go in time");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
