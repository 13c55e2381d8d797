package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.PathMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.ObservedProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.Served;
import dev.weft.proxy.testing.TestAuthority;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** CONNECT (RFC 9110, section 9.3.6; RFC 9113, section 8.5): sent on as a CONNECT, or ended here. */
class ConnectTest {
    private static final String AUTHORITY = "db:5432";

    @RegisterExtension
    private final Opened opened = new Opened();

    // ---- Sent on ----

    @ParameterizedTest
    @CsvSource({"HTTP_1, HTTP_1", "HTTP_2, HTTP_1", "HTTP_1, HTTP_2", "HTTP_2, HTTP_2"})
    void aTunnelCarriesBytesBothWays(Version downstream, Version upstream) throws Exception {
        CompletableFuture<String> asked = new CompletableFuture<>();
        ObservedProxy proxy = sendingOn(upstream, request -> {
            asked.complete(request.method() + " " + request.field("content-length") + " "
                    + request.field("transfer-encoding"));
            request.connected();
            for (int i = 0; i < 3; i++) {
                request.tunnel("<" + request.receive(5) + ">");
            }
            request.tunnel("<" + request.receiveToEnd() + ">").endTunnel();
        });
        Call call = client(proxy, downstream).connect(AUTHORITY);

        assertThat(call.head().status()).isEqualTo(200);
        assertThat(asked.get(10, TimeUnit.SECONDS)).isEqualTo("CONNECT null null");
        for (int i = 0; i < 3; i++) {
            assertThat(call.tunnel("ping" + i).receive(7)).isEqualTo("<ping" + i + ">");
        }
        call.tunnel("last").endTunnel();
        assertThat(call.receive(6)).as("after our end").isEqualTo("<last>");
        proxy.awaitQuiet("web");
    }

    @ParameterizedTest
    @CsvSource({"HTTP_1, HTTP_1", "HTTP_2, HTTP_1", "HTTP_1, HTTP_2", "HTTP_2, HTTP_2"})
    void theOriginMayEndFirst(Version downstream, Version upstream) throws Exception {
        CompletableFuture<String> after = new CompletableFuture<>();
        ObservedProxy proxy = sendingOn(upstream, request -> {
            request.connected().tunnel("bye").endOutput();
            after.complete(request.receiveToEnd());
        });
        Call call = client(proxy, downstream).connect(AUTHORITY);

        call.head();
        assertThat(call.receive(3)).isEqualTo("bye");
        call.tunnel("still here").endTunnel();
        assertThat(after.get(10, TimeUnit.SECONDS)).isEqualTo("still here");
        proxy.awaitQuiet("web");
    }

    @ParameterizedTest
    @CsvSource({"HTTP_1, HTTP_1", "HTTP_2, HTTP_1", "HTTP_1, HTTP_2", "HTTP_2, HTTP_2"})
    void aRefusalIsAnOrdinaryResponse(Version downstream, Version upstream) throws Exception {
        ObservedProxy proxy = sendingOn(
                upstream,
                request -> request.respond(407, false, "content-length: 2").send("no", true));

        var answer = client(proxy, downstream).connect(AUTHORITY).answer();

        assertThat(answer.status()).isEqualTo(407);
        assertThat(answer.body()).isEqualTo("no");
        proxy.awaitQuiet("web");
    }

    @ParameterizedTest
    @CsvSource({"HTTP_1, HTTP_1", "HTTP_2, HTTP_1", "HTTP_1, HTTP_2", "HTTP_2, HTTP_2"})
    void aSilentTunnelEndsAtTheIdleLimit(Version downstream, Version upstream) throws Exception {
        ServerSocket listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        RawOrigin origin = opened.open(Served.origin(upstream, listener, request -> {
            request.connected();
            request.awaitCancel();
        }));
        ObservedProxy proxy = proxy(origin.port(), upstream, false, Optional.of(Duration.ofMillis(50)));
        Call call = client(proxy, downstream).connect(AUTHORITY);

        call.head();

        assertThat(proxy.logged(1)).first().asString().contains("\"failure\":\"SI\"");
        proxy.awaitQuiet("web");
    }

    // ---- Ended here ----

    @ParameterizedTest
    @EnumSource
    void theEndpointGetsTheBytesAndNothingElse(Version downstream) throws Exception {
        CompletableFuture<String> all = new CompletableFuture<>();
        ObservedProxy proxy = ending(wire -> {
            wire.send("220 ready"); // who speaks first does not matter
            String first = wire.receive(5);
            wire.send("<" + first + ">");
            all.complete(first + wire.receiveToEnd());
            wire.send("<end>");
        });
        Call call = client(proxy, downstream).connect(AUTHORITY);

        assertThat(call.head().status()).isEqualTo(200);
        assertThat(call.receive(9)).isEqualTo("220 ready");
        assertThat(call.tunnel("hello").receive(7)).isEqualTo("<hello>");
        call.tunnel(" you").endTunnel();
        assertThat(all.get(10, TimeUnit.SECONDS)).isEqualTo("hello you");
        assertThat(call.receive(5)).as("after our end").isEqualTo("<end>");
        proxy.awaitQuiet("web");
    }

    @ParameterizedTest
    @EnumSource
    void theEndpointMayEndFirst(Version downstream) throws Exception {
        CompletableFuture<String> after = new CompletableFuture<>();
        ObservedProxy proxy = ending(wire -> {
            wire.send("bye");
            wire.shutdownOutput();
            after.complete(wire.receiveToEnd());
        });
        Call call = client(proxy, downstream).connect(AUTHORITY);

        call.head();
        assertThat(call.receive(3)).isEqualTo("bye");
        call.tunnel("still here").endTunnel();
        assertThat(after.get(10, TimeUnit.SECONDS)).isEqualTo("still here");
        proxy.awaitQuiet("web");
    }

    @ParameterizedTest
    @EnumSource
    void muchArrivesWholeThoughItsReaderIsSlow(Version downstream) throws Exception {
        String much = "0123456789abcdef".repeat(64 * 1024);
        ObservedProxy proxy = ending(wire -> {
            String received = wire.receive(much.length());
            wire.send(received.equals(much) ? "same" : "other");
            wire.send(much);
        });
        Call call = client(proxy, downstream).connect(AUTHORITY);

        call.head();
        call.tunnel(much);
        assertThat(call.receive(4)).isEqualTo("same");
        assertThat(call.receive(much.length()).equals(much)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void anEndpointThatCannotBeReachedIsAFailureBeforeTheTunnel(Version downstream) throws Exception {
        int free;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = closed.getLocalPort();
        }
        ObservedProxy proxy = proxy(free, Version.HTTP_1, true, Optional.empty());

        assertThat(client(proxy, downstream).connect(AUTHORITY).answer().status())
                .isEqualTo(503);
        proxy.awaitQuiet("web");
    }

    @ParameterizedTest
    @EnumSource
    void eachTunnelHasAConnectionOfItsOwn(Version downstream) throws Exception {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> wire.send(wire.receiveToEnd())));
        ObservedProxy proxy = proxy(origin.port(), Version.HTTP_1, true, Optional.empty());
        for (int i = 0; i < 3; i++) {
            Call call = client(proxy, downstream).connect(AUTHORITY);
            call.head();
            call.tunnel("ping" + i).endTunnel();
            assertThat(call.receive(5)).isEqualTo("ping" + i);
        }
        assertThat(origin.connections()).isEqualTo(3);
        proxy.awaitQuiet("web");
    }

    @ParameterizedTest
    @CsvSource({"HTTP_1, HTTP_1", "HTTP_2, HTTP_1", "HTTP_1, HTTP_2", "HTTP_2, HTTP_2"})
    void overTlsTheEndpointIsOfferedNoProtocolOfOurs(Version downstream, Version upstream) throws Exception {
        TestAuthority authority = new TestAuthority("ours");
        SSLServerSocket listener = TestAuthority.listen(authority.issue("web", "spiffe://web"), authority.counting());
        listener.setWantClientAuth(false);
        SSLParameters parameters = listener.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"postgresql"}); // whoever offers others is turned away
        listener.setSSLParameters(parameters);
        RawOrigin origin = opened.open(RawOrigin.over(listener, wire -> wire.send("<" + wire.receive(5) + ">")));
        ClientTls tls = new ClientTls("web", Optional.of(authority.pem()), List.of(), List.of(), Optional.empty());
        ObservedProxy proxy = proxy(origin.port(), upstream, true, Optional.empty(), Optional.of(tls));
        Call call = client(proxy, downstream).connect(AUTHORITY);

        assertThat(call.head().status()).isEqualTo(200);
        assertThat(call.tunnel("hello").receive(7)).isEqualTo("<hello>");
        call.endTunnel();
        proxy.awaitQuiet("web");
    }

    private ObservedProxy sendingOn(Version upstream, Served.Script script) throws IOException {
        ServerSocket listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        RawOrigin origin = opened.open(Served.origin(upstream, listener, script));
        return proxy(origin.port(), upstream, false, Optional.empty());
    }

    private ObservedProxy ending(RawOrigin.Script script) throws IOException {
        return proxy(opened.open(RawOrigin.following(script)).port(), Version.HTTP_1, true, Optional.empty());
    }

    private ObservedProxy proxy(int port, Version upstream, boolean ends, Optional<Duration> idle) {
        return proxy(port, upstream, ends, idle, Optional.empty());
    }

    private ObservedProxy proxy(
            int port, Version upstream, boolean ends, Optional<Duration> idle, Optional<ClientTls> tls) {
        HttpOptions options = HttpOptions.builder()
                .accessLog(AccessLog.JSON)
                .allowConnect(true)
                .build();
        RouteAction.Forward forward =
                Setup.forwardTo("web").toBuilder().upgrades(List.of("CONNECT")).build();
        forward = Records.with(Records.with(forward, "endsConnect", ends), "idleTimeout", idle);
        RouteMatch connect = new RouteMatch(new PathMatch.Connect(), List.of(), List.of(), false);
        Setup setup = Setup.listen("127.0.0.1", 0).options(options);
        Setup.Cluster cluster = setup.cluster("web", "127.0.0.1:" + port)
                .protocol(upstream == Version.HTTP_1 ? UpstreamProtocol.HTTP1 : UpstreamProtocol.HTTP2);
        tls.ifPresent(cluster::tls);
        return opened.open(new ObservedProxy(setup.route(new RouteRule("tunnel", connect, forward, HeaderRules.NONE))
                .build()));
    }

    private Call.Client client(ObservedProxy proxy, Version version) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), proxy.address().getPort());
        return opened.open(Call.client(version, socket));
    }
}
