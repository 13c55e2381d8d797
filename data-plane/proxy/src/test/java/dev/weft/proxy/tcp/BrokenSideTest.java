package dev.weft.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.TestAuthority;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A side that breaks must not look to the other as if it had ended in good order. */
class BrokenSideTest {
    @RegisterExtension
    private final TcpFixture tcp = new TcpFixture();

    private static void reset(java.net.Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Test
    void aResetOfTheClientResetsTheEndpointsSide() throws Exception {
        CompletableFuture<String> came = new CompletableFuture<>();
        RawOrigin origin = tcp.origin(wire -> {
            wire.send("ready");
            try {
                came.complete(wire.receiveToEnd());
            } catch (SocketException e) {
                came.complete("reset");
            }
        });
        tcp.cluster(origin.port()).apply();
        RawClient client = tcp.client();
        assertThat(client.receive(5)).isEqualTo("ready");

        reset(client.socket());

        assertThat(came.get(10, TimeUnit.SECONDS)).isEqualTo("reset");
        tcp.expectFailure("DC", "client_gone");
    }

    /** It is not read, since its endpoint takes nothing. */
    @Test
    void aResetOfAClientThatIsPausedIsNoticed() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        RawOrigin origin = tcp.origin(wire -> {
            wire.send("ready");
            awaitQuietly(done);
        });
        tcp.cluster(origin.port()).apply();
        RawClient client = tcp.client();
        assertThat(client.receive(5)).isEqualTo("ready");
        fill(client);

        reset(client.socket());

        await().atMost(Duration.ofSeconds(5)).until(() -> tcp.proxy().connections() == 0);
        done.countDown();
        tcp.expectFailure("DC", "client_gone");
    }

    /** Neither is it while it waits for its endpoint: a listener whose queue of connections is full. */
    @Test
    void aResetOfAClientThatWaitsForItsEndpointIsNoticed() throws Exception {
        ServerSocket full = tcp.open(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        for (int i = 0; i < 4; i++) {
            SocketChannel filling = tcp.open(SocketChannel.open());
            filling.configureBlocking(false);
            filling.connect(full.getLocalSocketAddress());
        }
        tcp.cluster(full.getLocalPort()).apply();
        RawClient client = tcp.client().send("early");
        await().until(() -> tcp.proxy().clusters().getFirst().connections() == 1);

        reset(client.socket());

        tcp.expectFailure("DC", "client_gone");
    }

    /** Sends until nothing more is taken for half a second. */
    private static void fill(RawClient client) {
        AtomicLong sent = new AtomicLong();
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    client.send(new byte[64 * 1024]);
                    sent.addAndGet(64 * 1024);
                }
            } catch (IOException reset) {
                sent.set(-1);
            }
        });
        AtomicLong last = new AtomicLong(-1);
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> sent.get() > 0 && last.getAndSet(sent.get()) == sent.get());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aResetOfTheEndpointResetsTheClientsSide() throws Exception {
        RawOrigin origin = tcp.origin(wire -> {
            wire.receive(1);
            reset(wire.socket());
        });
        tcp.cluster(origin.port()).apply();

        assertThat(tcp.client().send("!").receiveToEnd()).isEqualTo("[reset]");
        tcp.expectFailure("UC", "upstream_closed");
    }

    @Test
    void whatTheEndpointSentBeforeItsResetStillComes() throws Exception {
        RawOrigin origin = tcp.origin(wire -> {
            wire.send("sorry");
            wire.receive(1);
            reset(wire.socket());
        });
        tcp.cluster(origin.port()).apply();
        RawClient client = tcp.client();
        assertThat(client.receive(5)).isEqualTo("sorry");

        assertThat(client.send("!").receiveToEnd()).isEqualTo("[reset]");
    }

    @Test
    void anEndThatTLSDoesNotVouchForIsOneToo() throws Exception {
        TestAuthority authority = new TestAuthority("ours");
        X509Bundle certificate = authority.issue("db", "spiffe://db");
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(certificate.toKeyManagerFactory().getKeyManagers(), null, null);
        RawOrigin origin = tcp.origin(wire -> {
            SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(wire.socket(), null, false);
            tls.getOutputStream().write("a part".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            tls.getOutputStream().flush();
            tls.getInputStream().read();
            wire.shutdownOutput(); // by TCP alone
            wire.socket().getInputStream().read();
        });
        tcp.upstreamTls(new ClientTls("db", Optional.of(authority.pem()), List.of(), List.of(), Optional.empty()))
                .cluster(origin.port())
                .apply();
        RawClient client = tcp.client();
        assertThat(client.receive(6)).isEqualTo("a part");

        assertThat(client.send("!").receiveToEnd()).isEqualTo("[reset]");
        tcp.expectFailure("UC", "upstream_closed");
    }
}
