package dev.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.TestAuthority;
import io.netty.pkitesting.X509Bundle;
import java.io.EOFException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A response that ends with its connection is whole only where the origin said so (close_notify; RFC 9112, section 9.8). */
class TruncationTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    private final TestAuthority authority = new TestAuthority("ours");

    @ParameterizedTest
    @EnumSource(TlsEngine.class)
    void withCloseNotifyItIsWhole(TlsEngine engine) throws Exception {
        assertThat(client(engine, true).send(GET).response().body()).isEqualTo("what came");
    }

    @ParameterizedTest
    @EnumSource(TlsEngine.class)
    void withoutItsEndIsKeptFromTheClient(TlsEngine engine) throws Exception {
        RawClient client = client(engine, false);

        client.send(GET);
        assertThatThrownBy(client::response).isInstanceOf(EOFException.class);
    }

    private RawClient client(TlsEngine engine, boolean notify) throws Exception {
        Proxy proxy = opened.open(Proxy.builder().loops(1).tlsEngine(engine).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("web", origin(notify))
                .tls(new ClientTls(
                        "",
                        Optional.of(authority.pem()),
                        List.of(PeerName.uri("spiffe://mesh/web")),
                        List.of(),
                        Optional.empty()))
                .and()
                .route("/", "web")
                .build());
        return opened.open(RawClient.connect(proxy.address("http")));
    }

    /** Sends a response without a length and ends the connection, with close_notify or by TCP alone. */
    private String origin(boolean notify) throws Exception {
        X509Bundle certificate = authority.issue("web.example", "spiffe://mesh/web");
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(certificate.toKeyManagerFactory().getKeyManagers(), null, null);
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            SSLSocket tls = (SSLSocket) context.getSocketFactory()
                    .createSocket(wire.socket(), "a", wire.socket().getPort(), false);
            tls.setUseClientMode(false);
            if (tls.getInputStream().read() < 0) {
                return;
            }
            tls.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nwhat came".getBytes(StandardCharsets.US_ASCII));
            tls.getOutputStream().flush();
            if (notify) {
                tls.close();
            }
            wire.shutdownOutput();
        }));
        return "127.0.0.1:" + origin.port();
    }
}
