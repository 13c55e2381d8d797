package dev.weft.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.TestAuthority;
import dev.weft.proxy.testing.TestAuthority.Counting;
import dev.weft.proxy.tls.TlsEngine;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A client that comes again resumes its session, so that certificates are not sent and checked again. The client is the JDK's, with
 * tickets in both versions; it is told by how often it checked the server's certificate.
 */
@ParameterizedClass
@CsvSource({"BORINGSSL,TLSv1.2", "BORINGSSL,TLSv1.3", "JDK,TLSv1.2", "JDK,TLSv1.3"})
class SessionResumptionTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @Parameter(0)
    private TlsEngine engine = TlsEngine.JDK;

    @Parameter(1)
    private String version = "";

    private final TestAuthority authority = new TestAuthority("ours");
    private final X509Bundle server = authority.issue("a.example", "spiffe://mesh/server");
    private final X509Bundle client = authority.issue("b.example", "spiffe://mesh/client");
    private final Counting checks = authority.counting();

    @Test
    void aSessionIsResumed() throws Exception {
        try (ListenerFixture fixture = new ListenerFixture(engine)) {
            serve(fixture, Optional.empty());
            SSLContext context = context(false);
            for (int i = 0; i < 4; i++) {
                assertThat(ask(fixture, context)).endsWith(" null");
            }
            assertThat(checks.servers()).isEqualTo(1);
        }
    }

    @Test
    void whoTheClientIsSurvivesAResumption() throws Exception {
        try (ListenerFixture fixture = new ListenerFixture(engine)) {
            serve(fixture, Optional.of(clients(PeerName.uri("spiffe://mesh/client"))));
            SSLContext context = context(true);
            for (int i = 0; i < 4; i++) {
                assertThat(ask(fixture, context)).endsWith(" spiffe://mesh/client");
            }
            assertThat(checks.servers()).isEqualTo(1);
        }
    }

    @Test
    void aSessionOfBeforeIsNotResumedWhereOthersAreTrustedNow() throws Exception {
        try (ListenerFixture fixture = new ListenerFixture(engine)) {
            serve(fixture, Optional.of(clients(PeerName.uri("spiffe://mesh/client"))));
            SSLContext context = context(true);
            assertThat(ask(fixture, context)).endsWith(" spiffe://mesh/client");

            serve(fixture, Optional.of(clients(PeerName.uri("spiffe://mesh/other"))));

            assertThat(ask(fixture, context)).isEqualTo("refused");
        }
    }

    private ServerTls.Clients clients(PeerName name) {
        return new ServerTls.Clients(authority.pem(), List.of(name), true);
    }

    private void serve(ListenerFixture fixture, Optional<ServerTls.Clients> clients) {
        ServerTls tls = new ServerTls(List.of(TestAuthority.pem(server)), List.of("http/1.1"), clients);
        fixture.listeners.apply(List.of(ListenerFixture.http("web", 0, HttpOptions.DEFAULT, tls)));
    }

    private SSLContext context(boolean withCertificate) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                withCertificate ? client.toKeyManagerFactory().getKeyManagers() : null,
                new TrustManager[] {checks},
                null);
        return context;
    }

    private String ask(ListenerFixture fixture, SSLContext context) throws Exception {
        SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket("127.0.0.1", fixture.address("web").getPort());
        socket.setEnabledProtocols(new String[] {version});
        try (RawClient raw = RawClient.over(socket)) {
            return raw.send(GET).response().body();
        } catch (IOException refused) {
            return "refused";
        }
    }
}
