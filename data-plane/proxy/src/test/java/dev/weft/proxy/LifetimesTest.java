package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.Lifetimes;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteAction.InternalRedirect;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Answer;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.ObservedProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawHttp2;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.Served;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections that end by their age or by the number of their requests, and streams that live too long, on both sides. */
class LifetimesTest {
    private static final Duration SHORT = Duration.ofMillis(150);
    private static final Lifetimes SHORT_CONNECTIONS = new Lifetimes(SHORT, 0, Duration.ZERO);
    private static final Lifetimes SHORT_STREAMS = new Lifetimes(Duration.ZERO, 0, SHORT);
    private static final String GET = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    private static final ClusterName WEB = new ClusterName("web");

    @RegisterExtension
    private final Opened opened = new Opened();

    private final CountDownLatch released = new CountDownLatch(1);
    private Lifetimes ofClients = Lifetimes.UNLIMITED;
    private Lifetimes ofCluster = Lifetimes.UNLIMITED;
    private int maxResponseHeaders = 100;
    private Optional<Duration> ofRoute = Optional.empty();
    private @Nullable RetryPolicy retry;
    private @Nullable ObservedProxy proxy;
    private @Nullable RawOrigin origin;

    // ---- Connections of clients ----

    @Test
    void theLastRequestThatAConnectionIsForIsToldSoOverHttp1() throws IOException {
        ofClients = new Lifetimes(Duration.ZERO, 2, Duration.ZERO);
        start(Version.HTTP_1, LifetimesTest::ok);
        RawClient client = connect();

        assertThat(client.send(GET).response().header("connection")).isNull();
        RawMessage last = client.send(GET).response();

        assertThat(last.status()).isEqualTo(200);
        assertThat(last.header("connection")).isEqualTo("close");
        assertThat(client.receiveToEnd()).isEmpty();
    }

    /** Also what the client sends before it knows is served (RFC 9113, section 6.8). */
    @Test
    void theLastRequestThatAConnectionIsForIsFollowedByGoAwayOverHttp2() throws IOException {
        ofClients = new Lifetimes(Duration.ZERO, 1, Duration.ZERO);
        start(Version.HTTP_1, LifetimesTest::ok);
        RawHttp2 client = RawHttp2.client(connect().socket());
        get(client, 1);

        RawHttp2.Frame first = client.read();
        while (first.type() != RawHttp2.GOAWAY) {
            first = client.read();
        }
        get(client, 3);
        assertThat(answers(client))
                .containsExactlyInAnyOrder("GOAWAY 0", "1: 200", "3: 200", "end")
                .endsWith("end");
    }

    @Test
    void aConnectionThatHasHadItsTimeIsClosedWhenItIsIdle() throws IOException {
        ofClients = SHORT_CONNECTIONS;
        start(Version.HTTP_1, LifetimesTest::ok);
        RawClient client = connect();

        assertThat(client.send(GET).response().status()).isEqualTo(200);
        assertThat(client.receiveToEnd()).isEmpty();
    }

    @Test
    void theNextResponseOfABusyOneSaysSoOverHttp1() throws IOException {
        ofClients = SHORT_CONNECTIONS;
        start(Version.HTTP_1, LifetimesTest::ok);
        RawClient client = connect();

        RawMessage response = client.send(GET).response();
        while (response.header("connection") == null) {
            response = client.send(GET).response();
        }
        assertThat(response.header("connection")).isEqualTo("close");
        assertThat(client.receiveToEnd()).isEmpty();
    }

    @Test
    void whatIsUnderWayOnABusyOneFinishesOverHttp2() throws IOException {
        ofClients = SHORT_CONNECTIONS;
        start(Version.HTTP_1, this::okOnceReleased);
        RawHttp2 client = RawHttp2.client(connect().socket());
        get(client, 1);

        assertThat(client.await().type()).isEqualTo(RawHttp2.GOAWAY);
        released.countDown();
        assertThat(answers(client)).contains("1: 200").endsWith("end");
    }

    // ---- Connections to endpoints ----

    @ParameterizedTest
    @EnumSource
    void anUpstreamConnectionIsForSoManyRequests(Version version) throws IOException {
        ofCluster = new Lifetimes(Duration.ZERO, 2, Duration.ZERO);
        start(version, LifetimesTest::ok);
        RawClient client = connect();

        for (int i = 0; i < 5; i++) {
            assertThat(client.send(GET).response().status()).isEqualTo(200);
        }
        assertThat(origin().connections()).isEqualTo(3);
    }

    @Test
    void anUpstreamConnectionThatHasHadItsTimeIsClosed() throws Exception {
        ofCluster = SHORT_CONNECTIONS;
        CountDownLatch closed = new CountDownLatch(1);
        start(Version.HTTP_1, RawOrigin.following(wire -> {
            wire.requestHead();
            wire.send("HTTP/1.1 204 No Content\r\n\r\n");
            wire.receiveToEnd();
            closed.countDown();
        }));

        assertThat(connect().send(GET).response().status()).isEqualTo(204);
        assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void soIsOneOfHttp2WithAWordOfIt() throws Exception {
        ofCluster = SHORT_CONNECTIONS;
        CountDownLatch told = new CountDownLatch(1);
        start(Version.HTTP_2, RawOrigin.following(wire -> {
            RawHttp2 peer = RawHttp2.server(wire.socket());
            peer.settings();
            peer.headers(peer.await().stream(), true, ":status: 204");
            if (peer.await().type() == RawHttp2.GOAWAY && peer.await().type() == RawHttp2.CONNECTION_END) {
                told.countDown();
            }
        }));

        assertThat(connect().send(GET).response().status()).isEqualTo(204);
        assertThat(told.await(10, TimeUnit.SECONDS)).isTrue();
    }

    // ---- Streams ----

    @ParameterizedTest
    @EnumSource
    void aStreamThatLivesTooLongIsAnsweredWhereItCan(Version version) throws IOException {
        ofClients = SHORT_STREAMS;
        start(Version.HTTP_1, Served::awaitCancel);

        Answer answer = call(version).answer();

        assertThat(answer.status()).isEqualTo(504);
        assertThat(answer.body()).isEqualTo("stream lived too long\n");
        assertLogged(504, "DT", "longest time of a stream, waiting for 127.0.0.1:");
        assertThat(proxy().failures("max_stream_duration")).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void andElseCutThoughItMoves(Version version) throws IOException {
        ofClients = SHORT_STREAMS;
        start(Version.HTTP_1, LifetimesTest::drip);

        Answer answer = call(version).answer();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.whole()).isFalse();
        assertLogged(200, "DT", "longest time of a stream");
    }

    @Test
    void aRouteMayAllowLessThanItsListener() throws IOException {
        ofClients = new Lifetimes(Duration.ZERO, 0, Duration.ofHours(1));
        ofRoute = Optional.of(SHORT);
        start(Version.HTTP_1, Served::awaitCancel);

        assertThat(connect().send(GET).response().status()).isEqualTo(504);
        assertLogged(504, "DT", "longest time of a stream");
    }

    @Test
    void aRouteMayAllowAllOfIt() throws IOException {
        ofClients = SHORT_STREAMS;
        ofRoute = Optional.of(Duration.ZERO);
        start(Version.HTTP_1, this::okOnceReleased);
        RawClient allowed = connect().send(GET);

        RawMessage limited =
                connect().send(GET.replace("/ HTTP", "/limited HTTP")).response();
        released.countDown();

        assertThat(limited.status()).isEqualTo(504);
        assertThat(allowed.response().status()).isEqualTo(200);
    }

    @Test
    void theListenersLimitHoldsAgainWhereARedirectLeadsToARouteWithoutOne() throws IOException {
        ofClients = SHORT_STREAMS;
        ofRoute = Optional.of(Duration.ZERO);
        start(Version.HTTP_1, request -> {
            if (request.path().equals("/")) {
                request.respond(302, true, "location: http://web/limited", "content-length: 0");
            } else {
                request.awaitCancel();
            }
        });

        assertThat(connect().send(GET).response().status()).isEqualTo(504);
        assertLogged(504, "DT", "longest time of a stream");
    }

    @ParameterizedTest
    @EnumSource
    void anUpstreamsStreamThatLivesTooLongIsGivenUp(Version version) throws IOException {
        ofCluster = SHORT_STREAMS;
        start(version, Served::awaitCancel);

        assertThat(connect().send(GET).response().status()).isEqualTo(504);
        assertLogged(504, "UMSDR", "longest time of an upstream's stream, waiting for 127.0.0.1:");
        assertThat(proxy().failures("upstream_max_stream_duration")).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void andItsResponseIsCutThoughItMoves(Version version) throws IOException {
        ofCluster = SHORT_STREAMS;
        start(version, LifetimesTest::drip);

        Answer answer = call(Version.HTTP_1).answer();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.whole()).isFalse();
        assertLogged(200, "UMSDR", "longest time of an upstream's stream");
    }

    /** Each try has its own time. */
    @Test
    void anotherTryIsMadeWhereThePolicyNamesResets() throws IOException {
        ofCluster = SHORT_STREAMS;
        retry = Setup.retries(1);
        AtomicInteger tries = new AtomicInteger();
        start(Version.HTTP_1, request -> {
            if (tries.incrementAndGet() == 1) {
                request.awaitCancel();
            } else {
                ok(request);
            }
        });

        assertThat(connect().send(GET).response().status()).isEqualTo(200);
        assertThat(tries).hasValue(2);
    }

    // ---- What else a cluster limits ----

    @ParameterizedTest
    @EnumSource
    void aResponseWithMoreFieldsThanItsClusterAllowsIsRefused(Version version) throws IOException {
        maxResponseHeaders = 3;
        start(version, request -> {
            if (request.path().equals("/limited")) {
                request.respond(200, true, "content-length: 0", "x-a: 1", "x-b: 2", "x-c: 3");
            } else {
                request.respond(200, true, "content-length: 0", "x-a: 1", "x-b: 2");
            }
        });
        RawClient client = connect();

        assertThat(client.send(GET).response().status()).isEqualTo(200);
        assertThat(client.send(GET.replace("/ HTTP", "/limited HTTP"))
                        .response()
                        .status())
                .isEqualTo(502);
        assertThat(proxy().failures("upstream_protocol_error")).isOne();
    }

    // ---- Origins ----

    private static void ok(Served request) throws IOException {
        request.respond(200, false, "content-length: 2").send("ok", true);
    }

    private void okOnceReleased(Served request) throws IOException {
        try {
            if (!released.await(10, TimeUnit.SECONDS)) {
                throw new IOException("not released");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        ok(request);
    }

    /** Always a little more, up to its own end. */
    private static void drip(Served request) throws IOException {
        request.respond(200, false);
        while (true) {
            request.send("x", false);
            try {
                Thread.sleep(10); // the pace of a slow origin, not a wait for something
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }

    // ---- The proxy ----

    private void start(Version upstream, Served.Script script) throws IOException {
        ServerSocket listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        start(upstream, Served.origin(upstream, listener, script));
    }

    /** Two routes, of which one, {@code /limited}, says nothing of its own. */
    private void start(Version upstream, RawOrigin started) {
        origin = opened.open(started);
        Setup setup = Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder()
                        .accessLog(AccessLog.JSON)
                        .lifetimes(ofClients)
                        .build());
        setup.cluster("web", "127.0.0.1:" + started.port())
                .protocol(upstream == Version.HTTP_1 ? UpstreamProtocol.HTTP1 : UpstreamProtocol.HTTP2)
                .lifetimes(ofCluster);
        setup.route(route("/limited", Optional.empty())).route(route("/", ofRoute));
        ProxyConfig config = setup.build();
        var cluster = Objects.requireNonNull(config.clusters().get(WEB));
        config = Records.with(
                config, "clusters", Map.of(WEB, Records.with(cluster, "maxResponseHeaders", maxResponseHeaders)));
        proxy = opened.open(new ObservedProxy(config));
    }

    private RouteRule route(String prefix, Optional<Duration> maxStream) {
        InternalRedirect followed =
                new InternalRedirect(1, Set.of(302), false, List.of(), Optional.empty(), false, false);
        RouteAction.Forward.Builder forward = RouteAction.Forward.builder()
                .cluster(WEB)
                .timeout(Duration.ZERO)
                .internalRedirect(followed);
        maxStream.ifPresent(forward::maxStream);
        if (retry != null) {
            forward.retry(retry);
        }
        return new RouteRule(
                prefix,
                new RouteMatch(new RouteMatch.PathMatch.Prefix(prefix, true), List.of(), List.of(), false),
                forward.build(),
                HeaderRules.NONE);
    }

    private ObservedProxy proxy() {
        return Objects.requireNonNull(proxy);
    }

    private RawOrigin origin() {
        return Objects.requireNonNull(origin);
    }

    private RawClient connect() throws IOException {
        return opened.open(RawClient.connect(proxy().address()));
    }

    private Call call(Version version) throws IOException {
        InetSocketAddress address = proxy().address();
        Socket socket = opened.open(new Socket(address.getAddress(), address.getPort()));
        return opened.open(Call.client(version, socket)).call(true, "GET", "/");
    }

    private static void get(RawHttp2 client, int stream) throws IOException {
        client.headers(stream, true, ":method: GET", ":scheme: http", ":authority: web", ":path: /");
    }

    /** What comes of it, to the connection's end. */
    private static List<String> answers(RawHttp2 client) throws IOException {
        List<String> all = new ArrayList<>();
        RawHttp2.Frame frame = client.await();
        for (; frame.type() != RawHttp2.CONNECTION_END; frame = client.await()) {
            if (frame.type() == RawHttp2.HEADERS) {
                all.add(frame.stream() + ": " + frame.status());
            } else if (frame.type() == RawHttp2.GOAWAY) {
                all.add("GOAWAY " + frame.code());
            }
        }
        all.add("end");
        return all;
    }

    private void assertLogged(int status, String flag, String reason) {
        await().untilAsserted(() -> assertThat(proxy().logged(1).getFirst())
                .contains("\"status\":" + status, "\"failure\":\"" + flag + "\",\"reason\":\"" + reason));
    }
}
