package dev.weft.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.Inspection;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.Chain;
import dev.weft.proxy.model.ListenerConfig.Direction;
import dev.weft.proxy.model.ListenerConfig.Tcp;
import dev.weft.proxy.model.LogFormat;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.model.TcpOptions;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.TestAuthority;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One line for each opaque connection, at its end. */
class TcpAccessLogTest {
    private static final ClusterName DB = new ClusterName("db");
    private static final String ANNOUNCED = "PROXY TCP4 203.0.113.7 198.51.100.1 56324 443\r\n";
    private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";

    @RegisterExtension
    private final Opened opened = new Opened();

    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final TestAuthority authority = new TestAuthority("ours");
    private final Proxy proxy =
            opened.open(Proxy.builder().loops(1).accessLog(log).build());

    private void serve(RawOrigin origin, AccessLog format, ChainMatch match, Optional<ServerTls> tls) {
        serve(origin, TcpOptions.DEFAULT.withAccessLog(format), match, tls);
    }

    private void serve(RawOrigin origin, TcpOptions options, ChainMatch match, Optional<ServerTls> tls) {
        proxy.apply(new ProxyConfig(
                List.of(new ListenerConfig(
                        "edge \"1\"",
                        "127.0.0.1",
                        0,
                        Direction.GATEWAY,
                        List.of(new Chain(match, new Tcp(DB, options), tls)),
                        Optional.empty(),
                        Optional.of(ProxyProtocol.REQUIRED),
                        Inspection.DEFAULT)),
                Setup.listen("127.0.0.1", 0)
                        .cluster("db", "127.0.0.1:" + origin.port())
                        .and()
                        .route("/", "db")
                        .build()
                        .clusters(),
                Map.of()));
    }

    private String line() {
        Awaitility.await().until(() -> log.toString(StandardCharsets.US_ASCII).contains("\n"));
        return log.toString(StandardCharsets.US_ASCII);
    }

    private RawClient announced() throws Exception {
        return opened.open(RawClient.connect(proxy.address("edge \"1\""))).send(ANNOUNCED);
    }

    /** Behind the PROXY header. */
    private RawClient tlsClient() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {authority.counting()}, null);
        Socket plain = announced().socket();
        SSLSocket secured =
                (SSLSocket) context.getSocketFactory().createSocket(plain, "db.example", plain.getPort(), true);
        secured.startHandshake();
        return opened.open(RawClient.over(secured));
    }

    private RawOrigin echo() throws Exception {
        return opened.open(RawOrigin.following(wire -> wire.send(wire.receive(4) + "!")));
    }

    private static void expectEcho(RawClient client) throws Exception {
        assertThat(client.send("ping").receiveToEnd()).isEqualTo("ping!");
        client.close();
    }

    @Test
    void textSaysWhoWasCarriedWhereAndHowMuch() throws Exception {
        RawOrigin origin = echo();
        serve(origin, AccessLog.TEXT, ChainMatch.ANY, Optional.empty());

        expectEcho(announced());

        assertThat(line())
                .matches(TIME
                        + " edge \\\\\"1\\\\\" 203\\.0\\.113\\.7 \"TCP\" in=4 out=5 \\d+\\.\\d{3}ms sni=- cluster=db"
                        + " upstream=127\\.0\\.0\\.1:" + origin.port() + " tries=1 failure=-\n");
    }

    @Test
    void JSONSaysTheSame() throws Exception {
        RawOrigin origin = echo();
        serve(
                origin,
                AccessLog.JSON,
                ChainMatch.ANY,
                Optional.of(new ServerTls(
                        List.of(TestAuthority.pem(authority.issue("db.example", "spiffe://db"))),
                        List.of(),
                        Optional.empty())));

        expectEcho(tlsClient());

        assertThat(line())
                .matches("\\{\"time\":\"" + TIME
                        + "\",\"listener\":\"edge \\\\\"1\\\\\"\",\"peer\":\"203\\.0\\.113\\.7\","
                        + "\"protocol\":\"TCP\",\"server_name\":\"db\\.example\",\"bytes_received\":4,\"bytes_sent\":5,"
                        + "\"duration_ms\":\\d+\\.\\d{3},\"cluster\":\"db\",\"upstream\":\"127\\.0\\.0\\.1:"
                        + origin.port() + "\",\"tries\":1,\"failure\":null,\"reason\":null\\}\n");
    }

    @Test
    void orItIsInWordsOfOnesOwn() throws Exception {
        RawOrigin origin = echo();
        serve(
                origin,
                TcpOptions.DEFAULT.withLogs(List.of(
                        new LogFormat.Text(
                                "%DOWNSTREAM_REMOTE_ADDRESS% %BYTES_RECEIVED%/%BYTES_SENT% %UPSTREAM_CLUSTER%"
                                        + " %UPSTREAM_HOST% %RESPONSE_FLAGS% %PROTOCOL% %REQ(:PATH)% %RESPONSE_CODE%"
                                        + " %RESPONSE_CODE_DETAILS% %UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%",
                                false),
                        new LogFormat.Json(Map.of("tries", "%UPSTREAM_REQUEST_ATTEMPT_COUNT%"), false))),
                ChainMatch.ANY,
                Optional.empty());

        expectEcho(announced());

        Awaitility.await().until(() -> log.toString(StandardCharsets.US_ASCII).endsWith("}\n"));
        assertThat(line())
                .isEqualTo("203.0.113.7:56324 4/5 db 127.0.0.1:" + origin.port()
                        + " - - - 0 - 127.0.0.1\n{\"tries\":1}\n");
    }

    @Test
    void anOperatorThatIsNotKnownIsRefusedBeforeThereIsAConnection() throws Exception {
        RawOrigin origin = echo();
        TcpOptions unknown = TcpOptions.DEFAULT.withLogs(List.of(new LogFormat.Text("%NO_SUCH%", false)));

        assertThatThrownBy(() -> serve(origin, unknown, ChainMatch.ANY, Optional.empty()))
                .hasMessageContaining("%NO_SUCH%: not supported (expected: one of ");
    }

    @Test
    void theNameOfTLSThatIsCarriedOnIsSaidToo() throws Exception {
        RawOrigin origin = opened.open(RawOrigin.over(
                TestAuthority.listen(authority.issue("db.example", "spiffe://db"), authority.counting()),
                wire -> wire.send(wire.receive(4) + "!")));
        serve(origin, AccessLog.TEXT, ChainMatch.serverNames("*.example"), Optional.empty());

        expectEcho(tlsClient());

        assertThat(line()).contains(" sni=db.example cluster=db ");
    }
}
