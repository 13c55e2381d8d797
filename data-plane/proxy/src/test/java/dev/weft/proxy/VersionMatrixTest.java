package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.Answer;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.ObservedProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Served;
import dev.weft.proxy.testing.TestAuthority;
import dev.weft.proxy.testing.Version;
import dev.weft.proxy.tls.TlsEngine;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What passes a proxy passes it the same whatever is spoken on either side, in plain text and over TLS. */
@ParameterizedClass
@MethodSource("all")
class VersionMatrixTest {
    private static final TestAuthority AUTHORITY = new TestAuthority("ours");
    private static final X509Bundle OF_PROXY = AUTHORITY.issue("web", "spiffe://proxy");
    private static final X509Bundle OF_ORIGIN = AUTHORITY.issue("web", "spiffe://origin");
    private static final int MEGABYTE = 1 << 20;

    @RegisterExtension
    private final Opened opened = new Opened();

    @Parameter(0)
    private Version downstream = Version.HTTP_1;

    @Parameter(1)
    private Version upstream = Version.HTTP_1;

    @Parameter(2)
    private boolean tls;

    private TlsEngine engine = TlsEngine.preferred();
    private @Nullable ObservedProxy proxy;
    private @Nullable RawOrigin origin;

    static Stream<Arguments> all() {
        return Stream.of(Version.values())
                .flatMap(down -> Stream.of(Version.values())
                        .flatMap(up -> Stream.of(false, true).map(tls -> Arguments.of(down, up, tls))));
    }

    @Test
    void aGetAndItsResponse() throws Exception {
        Call.Client client = client(request -> {
            String seen = request.method() + " " + request.path() + " x=" + request.field("x-mine");
            request.respond(200, false, "content-length: " + seen.length(), "x-origin: yes");
            request.send(seen, true);
        });
        for (int i = 0; i < 3; i++) {
            Answer answer = client.call(true, "GET", "/a?b=" + i, "x-mine: 1").answer();

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.field("x-origin")).isEqualTo("yes");
            assertThat(answer.body()).isEqualTo("GET /a?b=" + i + " x=1");
            assertThat(answer.whole()).isTrue();
        }
        assertUpstreamConnections(1);
    }

    @Test
    void theAnswerToHeadTellsALengthAndHasNoBody() throws Exception {
        Call.Client client = client(request -> request.respond(200, true, "content-length: 5"));
        for (int i = 0; i < 2; i++) {
            Answer answer = client.call(true, "HEAD", "/").answer();

            assertThat(answer.field("content-length")).isEqualTo("5");
            assertThat(answer.body()).isEmpty();
            assertThat(answer.whole()).isTrue();
        }
        assertUpstreamConnections(1);
    }

    @Test
    void aBodyOfKnownLengthKeepsIt() throws Exception {
        Call.Client client = client(request -> {
            String body = request.field("content-length") + " " + request.body();
            request.respond(200, false, "content-length: " + body.length()).send(body, true);
        });
        Answer answer = client.call(false, "POST", "/", "content-length: 4")
                .send("bo", false)
                .send("dy", true)
                .answer();

        assertThat(answer.body()).isEqualTo("4 body");
        assertThat(answer.field("content-length")).isEqualTo("6");
    }

    @Test
    void aBodyOfUnknownLengthStaysSo() throws Exception {
        Call.Client client = client(request -> {
            String body = request.field("content-length") + " " + request.body();
            request.respond(200, false).send(body, false).send("", true);
        });
        Answer answer = client.call(false, "POST", "/")
                .send("bo", false)
                .send("dy", false)
                .send("", true)
                .answer();

        assertThat(answer.body()).isEqualTo("null body");
        assertThat(answer.field("content-length")).isNull();
    }

    @Test
    void noBodyIsNoBody() throws Exception {
        Call.Client client = client(request -> request.respond(200, true, "x-body: <" + request.body() + ">"));

        assertThat(client.call(true, "POST", "/", "content-length: 0").answer().field("x-body"))
                .isEqualTo("<>");
        assertThat(client.call(false, "PUT", "/").send("", true).answer().field("x-body"))
                .isEqualTo("<>");
        assertThat(client.call(true, "DELETE", "/").answer().field("x-body")).isEqualTo("<>");
    }

    @Test
    void largeBodiesArriveWholeBothWays() throws Exception {
        Call.Client client = client(request -> {
            String body = request.body();
            boolean sized = request.field("content-length") != null;
            String digest = "x-digest: " + digest(body);
            if (sized) {
                request.respond(200, false, digest, "content-length: " + body.length());
            } else {
                request.respond(200, false, digest);
            }
            request.send(body, true);
        });
        for (int size : new int[] {64 * 1024, MEGABYTE, MEGABYTE + 1}) {
            String body = random(size);
            Answer sized = client.call(false, "POST", "/", "content-length: " + size)
                    .send(body, true)
                    .answer();
            Answer unsized = client.call(false, "POST", "/").send(body, true).answer();

            for (Answer answer : List.of(sized, unsized)) {
                assertThat(answer.field("x-digest")).isEqualTo(digest(body));
                assertThat(digest(answer.body())).isEqualTo(digest(body));
                assertThat(answer.whole()).isTrue();
            }
        }
    }

    @Test
    void trailersPassBothWays() throws Exception {
        Call.Client client = client(request -> {
            String body = request.body();
            request.respond(200, false, "trailer: x-sum, grpc-status").send(body, false);
            request.trailers("x-sum: " + request.trailers(), "grpc-status: 0");
        });
        Answer answer = client.call(false, "POST", "/", "te: trailers", "trailer: x-mine")
                .send("body", false)
                .trailers("x-mine: 1", "x-other: 2")
                .answer();

        assertThat(answer.body()).isEqualTo("body");
        assertThat(answer.trailers()).containsExactly("x-sum: [x-mine: 1, x-other: 2]", "grpc-status: 0");
    }

    @Test
    void trailersAloneAreATrailerSectionBehindNoBody() throws Exception {
        Call.Client client = client(request -> {
            String body = request.body();
            request.respond(200, false).trailers("x-seen: <" + body + "> " + request.trailers());
        });
        Answer answer = client.call(false, "POST", "/").trailers("x-mine: 1").answer();

        assertThat(answer.body()).isEmpty();
        assertThat(answer.trailers()).containsExactly("x-seen: <> [x-mine: 1]");
    }

    @Test
    void anExpectationIsMetByTheOrigin() throws Exception {
        Call.Client client = client(request -> {
            assertThat(request.field("expect")).isEqualTo("100-continue");
            request.interim(100);
            request.respond(200, true, "x-body: " + request.body());
        });
        Call call = client.call(false, "PUT", "/", "expect: 100-continue", "content-length: 4");

        assertThat(call.interim()).isEqualTo(100);
        assertThat(call.send("body", true).answer().field("x-body")).isEqualTo("body");
    }

    @Test
    void anExpectationIsRefusedByTheOrigin() throws Exception {
        Call.Client client = client(request -> request.respond(417, true));

        Answer answer = client.call(false, "PUT", "/", "expect: 100-continue", "content-length: 4")
                .answer();

        assertThat(answer.interims()).isEmpty();
        assertThat(answer.status()).isEqualTo(417);
    }

    @Test
    void severalInterimResponsesPassInTheirOrder() throws Exception {
        Call.Client client = client(request -> {
            request.interim(103, "link: </a>").interim(102).interim(103, "link: </b>");
            request.respond(200, true);
        });
        for (int i = 0; i < 2; i++) {
            Answer answer = client.call(true, "GET", "/").answer();

            assertThat(answer.interims()).containsExactly(103, 102, 103);
            assertThat(answer.status()).isEqualTo(200);
        }
    }

    @Test
    void noContentAndNotModifiedHaveNoBody() throws Exception {
        Call.Client client = client(request -> {
            if (request.path().equals("/204")) {
                request.respond(204, true);
            } else {
                request.respond(304, true, "content-length: 9", "etag: \"a\"");
            }
        });
        for (int i = 0; i < 2; i++) {
            Answer none = client.call(true, "GET", "/204").answer();
            Answer same = client.call(true, "GET", "/304").answer();

            assertThat(none.status()).isEqualTo(204);
            assertThat(none.field("content-length")).isNull();
            assertThat(same.status()).isEqualTo(304);
            assertThat(same.field("etag")).isEqualTo("\"a\"");
            assertThat(same.field("content-length")).isEqualTo("9");
        }
        assertUpstreamConnections(1);
    }

    @Test
    void largeFieldsPass() throws Exception {
        String large = "v".repeat(20_000);
        Call.Client client = client(
                request -> request.respond(200, true, "x-large: " + request.field("x-large"), "x-second: " + large));
        for (int i = 0; i < 2; i++) {
            Answer answer = client.call(true, "GET", "/", "x-large: " + large).answer();

            assertThat(answer.field("x-large")).isEqualTo(large);
            assertThat(answer.field("x-second")).isEqualTo(large);
        }
    }

    @Test
    void cookiesStayOneField() throws Exception {
        Call.Client client = client(request -> request.respond(
                200, true, "x-cookie: " + request.field("cookie"), "set-cookie: a=1", "set-cookie: b=2"));
        String[] crumbs = downstream == Version.HTTP_2
                ? new String[] {"cookie: a=1", "cookie: b=2"}
                : new String[] {"cookie: a=1; b=2"};
        Answer answer = client.call(true, "GET", "/", crumbs).answer();

        assertThat(answer.field("x-cookie")).isEqualTo("a=1; b=2");
        assertThat(answer.fields()).contains("set-cookie: a=1", "set-cookie: b=2");
    }

    @Test
    void aResponseMayComeBeforeTheRequestIsWhole() throws Exception {
        Call.Client client = client(request -> request.respond(413, true, "x-early: yes"));
        Call call = client.call(false, "POST", "/", "content-length: 1000").send("begin", false);

        Answer answer = call.answer();

        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.field("x-early")).isEqualTo("yes");
        observed().awaitQuiet("web");
        if (downstream == Version.HTTP_1) {
            call.send("x".repeat(995), true); // small enough to be read and forgotten
        }
        assertThat(client.call(true, "GET", "/next").answer().status()).isEqualTo(413);
    }

    @Test
    void aResponseMayBeginWhileTheRequestIsSentAndBothGoOn() throws Exception {
        Call.Client client = client(request -> {
            request.respond(200, false, "content-length: 8");
            request.send(request.receive(4), false);
            request.send(request.receive(4), true);
        });
        Call call = client.call(false, "POST", "/", "content-length: 8");

        assertThat(call.head().status()).isEqualTo(200);
        assertThat(call.send("ping", false).receive(4)).isEqualTo("ping");
        assertThat(call.send("pong", true).receive(4)).isEqualTo("pong");
        observed().awaitQuiet("web");
    }

    @Test
    void aClientThatGivesUpCancelsTheUpstreamsWork() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        Call.Client client = client(request -> {
            begun.countDown();
            request.awaitCancel();
            cancelled.countDown();
        });
        Call call = client.call(true, "GET", "/");
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
        call.cancel();

        assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(observed().logged(1)).first().asString().contains("\"failure\":\"DC\"");
        observed().awaitQuiet("web");
    }

    @Test
    void anOriginThatResetsInTheMiddleOfABodyIsNeverTakenForItsEnd() throws Exception {
        Call.Client client = client(request -> {
            if (request.path().equals("/sized")) {
                request.respond(200, false, "content-length: 10");
            } else {
                request.respond(200, false);
            }
            request.send("12345", false);
            request.reset();
        });
        Answer answer = client.call(true, "GET", "/unsized").answer();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.whole()).isFalse();
        try (Call.Client another = connect()) {
            assertThat(another.call(true, "GET", "/sized").answer().whole()).isFalse();
        }
        assertThat(observed().logged(2))
                .allSatisfy(line -> assertThat(line).contains(" in the middle of its response"));
        observed().awaitQuiet("web");
    }

    @Test
    void aWebSocketIsATunnel() throws Exception {
        Call.Client client = client(request -> {
            request.switched();
            for (int i = 0; i < 3; i++) {
                request.tunnel("<" + request.receive(5) + ">");
            }
            request.receiveToEnd();
            request.endTunnel();
        });
        Call call = client.webSocket("/chat");

        assertThat(call.head().status()).isEqualTo(downstream == Version.HTTP_1 ? 101 : 200);
        for (int i = 0; i < 3; i++) {
            assertThat(call.tunnel("ping" + i).receive(7)).isEqualTo("<ping" + i + ">");
        }
        client.close();
        observed().awaitQuiet("web");
    }

    @Test
    void eachSideOfATunnelEndsByItself() throws Exception {
        engine = TlsEngine.JDK; // with BoringSSL's, a close_notify ends both directions
        Call.Client client = client(request -> {
            request.switched();
            request.tunnel("<" + request.receiveToEnd() + ">").endTunnel();
        });
        Call call = client.webSocket("/chat");
        call.head();
        call.tunnel("ping").endTunnel();

        assertThat(call.receive(6)).isEqualTo("<ping>");
        observed().awaitQuiet("web");
    }

    @Test
    void aWebSocketThatIsRefusedIsAnOrdinaryResponse() throws Exception {
        Call.Client client = client(
                request -> request.respond(403, false, "content-length: 2").send("no", true));

        Answer answer = client.webSocket("/chat").answer();

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.body()).isEqualTo("no");
        observed().awaitQuiet("web");
    }

    private Call.Client client(Served.Script script) throws Exception {
        RawOrigin serving = opened.open(Served.origin(upstream, listener(), script));
        origin = serving;
        Setup setup = Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder().accessLog(AccessLog.JSON).build());
        Setup.Cluster cluster = setup.cluster("web", "127.0.0.1:" + serving.port())
                .protocol(upstream == Version.HTTP_1 ? UpstreamProtocol.HTTP1 : UpstreamProtocol.HTTP2);
        if (tls) {
            cluster.tls(new ClientTls(
                    "web", Optional.of(AUTHORITY.pem()), List.of(), List.of(alpn(upstream)), Optional.empty()));
            setup.tls(new ServerTls(List.of(TestAuthority.pem(OF_PROXY)), List.of("h2", "http/1.1"), Optional.empty()));
        }
        proxy = opened.open(new ObservedProxy(setup.route("/", "web").build(), engine));
        return opened.open(connect());
    }

    private ServerSocket listener() throws Exception {
        if (!tls) {
            return new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        }
        SSLServerSocket listener = TestAuthority.listen(OF_ORIGIN, AUTHORITY.counting());
        listener.setWantClientAuth(false);
        SSLParameters parameters = listener.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {alpn(upstream)});
        listener.setSSLParameters(parameters);
        return listener;
    }

    private Call.Client connect() throws Exception {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), observed().address().getPort());
        if (tls) {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {AUTHORITY.counting()}, null);
            SSLSocket over = (SSLSocket) context.getSocketFactory().createSocket(socket, "web", 443, true);
            SSLParameters parameters = over.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {alpn(downstream)});
            over.setSSLParameters(parameters);
            over.startHandshake();
            assertThat(over.getApplicationProtocol()).isEqualTo(alpn(downstream));
            socket = over;
        }
        return Call.client(downstream, socket);
    }

    private ObservedProxy observed() {
        assertThat(proxy).isNotNull();
        return proxy;
    }

    private void assertUpstreamConnections(int count) {
        assertThat(origin).isNotNull();
        assertThat(origin.connections()).isEqualTo(count);
    }

    private static String alpn(Version version) {
        return version == Version.HTTP_1 ? "http/1.1" : "h2";
    }

    private static String random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static String digest(String text) throws IOException {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.ISO_8859_1));
            return HexFormat.of().formatHex(sum).toLowerCase(Locale.ROOT);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
    }
}
