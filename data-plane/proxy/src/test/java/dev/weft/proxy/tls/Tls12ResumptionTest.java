package dev.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.Program;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.TestAuthority;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * TLS 1.2 has two ways to resume: by a session that the server keeps (RFC 5246, section 7.3) and by a ticket that the client keeps (RFC
 * 5077). Many peers know only one of them, Go's library for instance nothing but tickets, so each is tried by itself: clients and
 * servers are OpenSSL's.
 */
@Timeout(60)
class Tls12ResumptionTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private static final String LAST = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    @TempDir
    private Path folder = Path.of("");

    private final TestAuthority authority = new TestAuthority("ours");

    // ---- Clients ----

    @ParameterizedTest
    @CsvSource({"BORINGSSL,-no_ticket", "BORINGSSL,-servername", "JDK,-no_ticket", "JDK,-servername"})
    void aClientResumes(TlsEngine engine, String how) throws Exception {
        Proxy proxy = opened.open(Proxy.builder().loops(1).tlsEngine(engine).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .tls(new ServerTls(
                        List.of(TestAuthority.pem(authority.issue("a.example", "spiffe://mesh/server"))),
                        List.of("http/1.1"),
                        Optional.empty()))
                .route(new RouteRule(
                        "", RouteMatch.ANY, new RouteAction.Respond(200, "hello", "text/plain"), HeaderRules.NONE))
                .build());
        List<String> way = how.equals("-no_ticket") ? List.of(how) : List.of(how, "a.example");
        Path session = folder.resolve("session");

        String first = visit(proxy.address("http"), way, "-sess_out", session.toString());
        assertThat(first).contains("New, TLSv1.2", "hello");
        assertThat(first.contains("TLS session ticket:")).isEqualTo(!how.equals("-no_ticket"));
        for (int i = 0; i < 3; i++) {
            assertThat(visit(proxy.address("http"), way, "-sess_in", session.toString()))
                    .contains("Reused, TLSv1.2", "hello");
        }
    }

    /** What openssl prints when it has asked once. */
    private String visit(InetSocketAddress address, List<String> way, String... session) throws Exception {
        List<String> command = new ArrayList<>(
                List.of("openssl", "s_client", "-tls1_2", "-ign_eof", "-connect", "127.0.0.1:" + address.getPort()));
        command.addAll(way);
        command.addAll(List.of(session));
        Path output = folder.resolve("client");
        Process client = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        client.getOutputStream().write(LAST.getBytes(StandardCharsets.US_ASCII));
        client.getOutputStream().close();
        assertThat(client.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return Files.readString(output);
    }

    // ---- Endpoints ----

    /** nginx tells by itself whether a session was resumed; that it closes makes each request a connection. */
    @ParameterizedTest
    @CsvSource({"BORINGSSL,true", "BORINGSSL,false", "JDK,true", "JDK,false"})
    void anEndpointsSessionIsResumed(TlsEngine engine, boolean byTicket) throws Exception {
        Proxy proxy = opened.open(Proxy.builder().loops(1).tlsEngine(engine).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("web", "127.0.0.1:" + nginx(byTicket))
                .tls(new ClientTls("web.example", Optional.of(authority.pem()), List.of(), List.of(), Optional.empty()))
                .and()
                .route("/", "web")
                .build());
        RawClient client = opened.open(RawClient.connect(proxy.address("http")));

        assertThat(client.send(GET).response().body()).isEqualTo(".");
        for (int i = 0; i < 3; i++) {
            assertThat(client.send(GET).response().body()).isEqualTo("r");
        }
    }

    private int nginx(boolean byTicket) throws IOException, InterruptedException {
        X509Bundle web = authority.issue("web.example", "spiffe://mesh/web");
        Files.writeString(folder.resolve("chain.pem"), web.getCertificatePathPEM());
        Files.writeString(folder.resolve("key.pem"), web.getPrivateKeyPEM());
        int port = Program.freePort();
        String how = byTicket
                ? "ssl_session_cache off; ssl_session_tickets on;"
                : "ssl_session_cache builtin:100; ssl_session_tickets off;";
        opened.open(Program.nginx(
                port, folder, "", "ssl", """
                ssl_certificate %s; ssl_certificate_key %s; ssl_protocols TLSv1.2; keepalive_timeout 0; %s
                return 200 "$ssl_session_reused";""".formatted(folder.resolve("chain.pem"), folder.resolve("key.pem"), how)));
        return port;
    }
}
