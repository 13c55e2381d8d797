package dev.weft.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.TestAuthority;
import dev.weft.proxy.tls.TlsEngine;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each direction ends by itself: by FIN, and over TLS by close_notify. */
class HalfCloseTest {
    @RegisterExtension
    private final TcpFixture tcp = new TcpFixture().engine(TlsEngine.JDK);

    private final TestAuthority authority = new TestAuthority("ours");
    private final CompletableFuture<String> toTheEndpoint = new CompletableFuture<>();

    /** Takes all up to the client's end, then answers. */
    private void answersAtTheEnd(RawOrigin.Wire wire) throws java.io.IOException {
        toTheEndpoint.complete(wire.receiveToEnd());
        wire.send("after");
    }

    /** Ends first, then takes all up to the client's end. */
    private void endsFirst(RawOrigin.Wire wire) throws java.io.IOException {
        wire.send("hello");
        wire.shutdownOutput();
        toTheEndpoint.complete(wire.receiveToEnd());
    }

    private RawOrigin secured(RawOrigin.Script script, String... versions) throws Exception {
        return tcp.open(RawOrigin.over(
                TestAuthority.listen(authority.issue("db", "spiffe://db"), authority.counting(), versions), script));
    }

    private void overTls() {
        tcp.tls(new ServerTls(
                List.of(TestAuthority.pem(authority.issue("edge", "spiffe://edge"))), List.of(), Optional.empty()));
    }

    private void overTlsToTheEndpoint() {
        tcp.upstreamTls(new ClientTls("db", Optional.of(authority.pem()), List.of(), List.of(), Optional.empty()));
    }

    private SSLSocket tlsClient(String... versions) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {authority.counting()}, null);
        Socket plain = new Socket();
        plain.connect(tcp.proxy().address("tcp"), 10_000);
        SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(plain, "edge", plain.getPort(), true);
        if (versions.length > 0) {
            secured.setEnabledProtocols(versions);
        }
        secured.startHandshake();
        return secured;
    }

    private String toTheEndpoint() throws Exception {
        return toTheEndpoint.get(10, TimeUnit.SECONDS);
    }

    private void expectClientMayEndFirst(RawClient client) throws Exception {
        client.send("question");
        client.shutdownOutput();

        assertThat(toTheEndpoint()).isEqualTo("question");
        assertThat(client.receiveToEnd()).isEqualTo("after");
        expectEndInGoodOrder();
    }

    private void expectEndpointMayEndFirst(RawClient client) throws Exception {
        assertThat(client.receiveToEnd()).isEqualTo("hello");
        client.send("late");
        client.shutdownOutput();

        assertThat(toTheEndpoint()).isEqualTo("late");
        expectEndInGoodOrder();
    }

    private void expectEndInGoodOrder() {
        assertThat(tcp.logged()).endsWith(" failure=-");
        tcp.expectNothingLeft();
    }

    @Test
    void theClientMayEndFirst() throws Exception {
        tcp.cluster(tcp.origin(this::answersAtTheEnd).port()).apply();
        expectClientMayEndFirst(tcp.client());
    }

    @Test
    void theEndpointMayEndFirst() throws Exception {
        tcp.cluster(tcp.origin(this::endsFirst).port()).apply();
        expectEndpointMayEndFirst(tcp.client());
    }

    @Test
    void aTLSClientMayEndFirst() throws Exception {
        overTls();
        tcp.cluster(tcp.origin(this::answersAtTheEnd).port()).apply();
        expectClientMayEndFirst(RawClient.over(tlsClient()));
    }

    @Test
    void theEndpointOfATLSClientMayEndFirst() throws Exception {
        overTls();
        tcp.cluster(tcp.origin(this::endsFirst).port()).apply();
        expectEndpointMayEndFirst(RawClient.over(tlsClient()));
    }

    @Test
    void theClientOfATLSEndpointMayEndFirst() throws Exception {
        overTlsToTheEndpoint();
        tcp.cluster(secured(this::answersAtTheEnd).port()).apply();
        expectClientMayEndFirst(tcp.client());
    }

    @Test
    void aTLSEndpointMayEndFirst() throws Exception {
        overTlsToTheEndpoint();
        tcp.cluster(secured(this::endsFirst).port()).apply();
        expectEndpointMayEndFirst(tcp.client());
    }

    @Test
    void overTLSOnBothSidesEitherMayEndFirst() throws Exception {
        overTls();
        overTlsToTheEndpoint();
        tcp.cluster(secured(this::answersAtTheEnd).port()).apply();
        expectClientMayEndFirst(RawClient.over(tlsClient()));
    }

    /** Before TLS 1.3 the end of one side was that of both (RFC 5246, 7.2.1); over BoringSSL it still is. */
    @ParameterizedTest
    @CsvSource({"JDK,TLSv1.2", "BORINGSSL,TLSv1.2", "BORINGSSL,TLSv1.3"})
    void theEndOfATLSClientReachesTheEndpointAlsoWhereItEndsBothWays(TlsEngine engine, String version)
            throws Exception {
        overTls();
        tcp.engine(engine).cluster(tcp.origin(this::answersAtTheEnd).port()).apply();
        RawClient client = RawClient.over(tlsClient(version));

        client.send("question");
        client.shutdownOutput();

        assertThat(toTheEndpoint()).isEqualTo("question");
        assertThat(client.receiveToEnd()).isEmpty();
        expectEndInGoodOrder();
    }

    @ParameterizedTest
    @CsvSource({"JDK,TLSv1.2", "BORINGSSL,TLSv1.2", "BORINGSSL,TLSv1.3"})
    void allThatATLSEndpointSentReachesTheClientAlsoWhereItEndsBothWays(TlsEngine engine, String version)
            throws Exception {
        String all = "x".repeat(1024 * 1024);
        overTlsToTheEndpoint();
        tcp.engine(engine)
                .cluster(secured(
                                wire -> {
                                    wire.send(all);
                                    wire.shutdownOutput();
                                    wire.receiveToEnd();
                                },
                                version)
                        .port())
                .apply();

        assertThat(tcp.client().receiveToEnd()).isEqualTo(all);
        expectEndInGoodOrder();
    }
}
