package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.ObservedProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.TestAuthority;
import dev.weft.proxy.tls.TlsEngine;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who ends its side of an HTTP/1 connection may still want to read (RFC 9112, section 9.6); who ends both is gone. */
class HalfCloseTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @RegisterExtension
    private final Opened opened = new Opened();

    private final TestAuthority authority = new TestAuthority("ours");
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch mayAnswer = new CountDownLatch(1);
    private final CountDownLatch cancelled = new CountDownLatch(1);

    /** Answers when it may. */
    private void later(RawOrigin.Wire wire) throws java.io.IOException {
        while (wire.request() != null) {
            asked.countDown();
            await(mayAnswer);
            wire.send(OK);
        }
    }

    /** Waits for the end of the connection instead of answering. */
    private void never(RawOrigin.Wire wire) throws java.io.IOException {
        wire.requestHead();
        asked.countDown();
        wire.receiveToEnd();
        cancelled.countDown();
    }

    @Test
    void aClientThatEndsWithItsRequestGetsTheAnswer() throws Exception {
        ObservedProxy proxy = plain(this::later);
        RawClient client = client(proxy).send(GET + GET);
        client.shutdownOutput();
        await(asked);
        mayAnswer.countDown();

        assertThat(client.response().body()).isEqualTo("ok");
        assertThat(client.response().header("connection")).isEqualTo("close");
        assertThat(client.receiveToEnd()).isEmpty();
        assertThat(proxy.logged(2)).allSatisfy(line -> assertThat(line).contains("\"failure\":null"));
    }

    @Test
    void aTlsClientThatEndsWithItsRequestGetsTheAnswerWhereTheEngineCan() throws Exception {
        RawClient client =
                tlsClient(secured(this::later, TlsEngine.JDK), "TLSv1.3").send(GET);
        client.shutdownOutput();
        await(asked);
        mayAnswer.countDown();

        assertThat(client.response().body()).isEqualTo("ok");
        assertThat(client.receiveToEnd()).isEmpty();
    }

    /** Before TLS 1.3, and with BoringSSL, nothing can be sent to it any more: its work is not done for nobody. */
    @ParameterizedTest
    @EnumSource(TlsEngine.class)
    void whereItCannotTheClientIsGone(TlsEngine engine) throws Exception {
        ObservedProxy proxy = secured(this::never, engine);
        RawClient client = tlsClient(proxy, engine == TlsEngine.JDK ? "TLSv1.2" : "TLSv1.3")
                .send(GET);
        await(asked);
        client.shutdownOutput();

        await(cancelled);
        assertThat(proxy.logged(1).getFirst()).contains("\"failure\":\"DC\"");
    }

    /** Anyone on the way can send a FIN; over TLS the client alone can send close_notify (RFC 9112, section 9.8). */
    @ParameterizedTest
    @EnumSource(TlsEngine.class)
    void anEndOfTcpAloneCutsATlsClientOffInTheMiddleOfItsBody(TlsEngine engine) throws Exception {
        ObservedProxy proxy = secured(this::never, engine);
        Socket tcp = opened.open(
                new Socket(InetAddress.getLoopbackAddress(), proxy.address().getPort()));
        RawClient.over(handshake(tcp, "TLSv1.3"))
                .send("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 100\r\n\r\nhalf");
        await(asked);
        tcp.shutdownOutput();

        await(cancelled);
        assertThat(proxy.logged(1).getFirst()).contains("\"failure\":\"DC\"");
    }

    @Test
    void aClientThatIsResetCancelsTheUpstream() throws Exception {
        ObservedProxy proxy = plain(this::never);
        RawClient client = client(proxy).send(GET);
        client.shutdownOutput();
        await(asked);
        client.reset();

        await(cancelled);
        assertThat(proxy.logged(1).getFirst()).contains("\"failure\":\"DC\"");
    }

    @Test
    void anOriginThatEndsWithItsResponseIsNotAskedAgain() throws Exception {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            wire.request();
            wire.send(OK);
            wire.shutdownOutput();
            wire.receiveToEnd();
        }));
        RawClient client = client(plain(origin));

        for (int i = 1; i <= 3; i++) {
            assertThat(client.send(GET).response().body()).isEqualTo("ok");
            assertThat(origin.connections()).isEqualTo(i);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private ObservedProxy plain(RawOrigin.Script script) throws Exception {
        return plain(opened.open(RawOrigin.following(script)));
    }

    private ObservedProxy plain(RawOrigin origin) {
        return opened.open(new ObservedProxy(listen().to("127.0.0.1:" + origin.port())));
    }

    private ObservedProxy secured(RawOrigin.Script script, TlsEngine engine) throws Exception {
        RawOrigin origin = opened.open(RawOrigin.following(script));
        ServerTls tls = new ServerTls(
                List.of(TestAuthority.pem(authority.issue("web", "spiffe://web"))), List.of(), Optional.empty());
        return opened.open(new ObservedProxy(listen().tls(tls).to("127.0.0.1:" + origin.port()), engine));
    }

    private static Setup listen() {
        return Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder().accessLog(AccessLog.JSON).build());
    }

    private RawClient client(ObservedProxy proxy) throws Exception {
        return opened.open(RawClient.connect(proxy.address()));
    }

    private RawClient tlsClient(ObservedProxy proxy, String version) throws Exception {
        Socket tcp =
                new Socket(InetAddress.getLoopbackAddress(), proxy.address().getPort());
        return opened.open(RawClient.over(handshake(tcp, version)));
    }

    private SSLSocket handshake(Socket tcp, String version) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {authority.counting()}, null);
        SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(tcp, "web", 443, true);
        tls.setEnabledProtocols(new String[] {version});
        tls.startHandshake();
        return tls;
    }
}
