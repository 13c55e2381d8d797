package dev.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.TestAuthority;
import dev.weft.proxy.testing.TestAuthority.Counting;
import dev.weft.proxy.tls.TlsEngine;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A new connection to an endpoint resumes the session of one before; told by how often the endpoint checked our certificate. */
class UpstreamResumptionTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    private final TestAuthority authority = new TestAuthority("ours");
    private final BlockingQueue<String> names = new LinkedBlockingQueue<>();

    @ParameterizedTest
    @CsvSource({
        "BORINGSSL,TLSv1.2,web.example",
        "BORINGSSL,TLSv1.3,web.example",
        "BORINGSSL,TLSv1.3,",
        "JDK,TLSv1.2,web.example",
        "JDK,TLSv1.3,web.example",
        "JDK,TLSv1.3,",
    })
    void eachEndpointsSessionIsResumed(TlsEngine engine, String version, String name) throws Exception {
        Counting first = authority.counting();
        Counting second = authority.counting();
        String serverName = name == null ? "" : name;
        Proxy proxy = opened.open(Proxy.builder().loops(1).tlsEngine(engine).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("web", origin(first, version), origin(second, version))
                .tls(new ClientTls(
                        serverName,
                        Optional.of(authority.pem()),
                        List.of(PeerName.uri("spiffe://mesh/web")),
                        List.of(),
                        Optional.of(TestAuthority.pem(authority.issue("us.example", "spiffe://mesh/us")))))
                .and()
                .route("/", "web")
                .build());
        RawClient client = opened.open(RawClient.connect(proxy.address("http")));

        for (int i = 0; i < 8; i++) {
            assertThat(client.send(GET).response().status()).isEqualTo(200);
            assertThat(names.take()).isEqualTo(serverName.isEmpty() ? "[]" : "[web.example]");
        }

        assertThat(first.clients()).isEqualTo(1);
        assertThat(second.clients()).isEqualTo(1);
    }

    /** Serves one request a connection. */
    private String origin(Counting clients, String version) throws Exception {
        RawOrigin origin = opened.open(RawOrigin.over(
                TestAuthority.listen(authority.issue("web.example", "spiffe://mesh/web"), clients, version), wire -> {
                    if (wire.request() != null) {
                        ExtendedSSLSession session = (ExtendedSSLSession) ((SSLSocket) wire.socket()).getSession();
                        names.add(session.getRequestedServerNames().stream()
                                .map(each -> new String(each.getEncoded(), java.nio.charset.StandardCharsets.US_ASCII))
                                .toList()
                                .toString());
                        wire.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                    }
                }));
        return "127.0.0.1:" + origin.port();
    }
}
