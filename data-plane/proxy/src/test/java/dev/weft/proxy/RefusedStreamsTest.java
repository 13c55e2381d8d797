package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.CircuitLimits;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.testing.Answer;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.ObservedProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.Program;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawHttp2;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an upstream has refused to look at is sent again, on another connection where that is what it takes, as long as there is
 * somebody who takes requests; an upstream that takes none is not sent much more for it. No route here has a retry policy.
 */
class RefusedStreamsTest {
    private static final int NO_ERROR = 0;
    private static final int REFUSED_STREAM = 7;
    private static final int AT_ONCE = 60;

    @RegisterExtension
    private final Opened opened = new Opened();

    @TempDir
    private Path folder;

    private final AtomicInteger received = new AtomicInteger();

    @ParameterizedTest
    @EnumSource
    void nginxThatClosesAConnectionAfterAFewRequestsFailsNone(Version version) throws Exception {
        int port = nginx(version);
        ObservedProxy proxy = proxy(version, port);

        assertThat(getAtOnce(proxy, 3000)).isEqualTo(Map.of(200, 3000));
    }

    @Test
    void noRequestOfManyClientsFailsAtAnNginxThatClosesConnectionsAfterAFewRequests() throws Exception {
        int port = nginx(Version.HTTP_1);
        ObservedProxy proxy = proxy(Version.HTTP_1, port);

        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = Stream.generate(() -> CompletableFuture.supplyAsync(() -> getOneByOne(proxy, 50), clients))
                    .limit(AT_ONCE)
                    .toList();
            assertThat(running.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(50 * AT_ONCE);
        }
    }

    /** With one stream a connection, each of those that were sent together is refused until it is the first. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 50})
    void anOriginThatGoesAwayAfterEveryFewStreamsFailsNone(int streams) throws Exception {
        RawOrigin origin = http2((peer, turn) -> {
            if (turn.count <= streams) {
                peer.headers(turn.stream, true, ":status: 200");
            }
            if (turn.count == streams) {
                peer.goAway(turn.stream, NO_ERROR);
            }
        });
        ObservedProxy proxy = proxy(Version.HTTP_2, origin.port());

        assertThat(getAtOnce(proxy, 3000)).isEqualTo(Map.of(200, 3000));
        // The first connection refuses many, and what it has shown spares the others: otherwise each request were
        // refused as often
        // as there are such connections in AT_ONCE.
        assertThat(received.get()).isLessThan(3 * 3000);
    }

    @Test
    void anOriginThatRefusesWhatIsMoreThanAFewAtOnceAndDoesNotSayHowManyFailsNone() throws Exception {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            RawHttp2 peer = RawHttp2.server(wire.socket());
            peer.settings();
            ArrayDeque<Integer> taken = new ArrayDeque<>();
            for (RawHttp2.Frame frame = peer.read(); frame.type() != RawHttp2.CONNECTION_END; frame = peer.read()) {
                if (frame.type() == RawHttp2.SETTINGS && frame.flags() == 0) {
                    peer.send(RawHttp2.SETTINGS, RawHttp2.END, 0);
                } else if (frame.type() == RawHttp2.HEADERS && taken.size() == 10) {
                    peer.reset(frame.stream(), REFUSED_STREAM);
                } else if (frame.type() == RawHttp2.HEADERS) {
                    taken.add(frame.stream());
                }
                while (wire.socket().getInputStream().available() == 0 && !taken.isEmpty()) {
                    peer.headers(taken.remove(), true, ":status: 200");
                }
            }
        }));
        ObservedProxy proxy = proxy(Version.HTTP_2, origin.port());

        assertThat(getAtOnce(proxy, 3000)).isEqualTo(Map.of(200, 3000));
    }

    @ParameterizedTest
    @EnumSource
    void anOriginThatRefusesEverythingIsTriedAFewTimesAndTheClientToldSo(Version version) throws IOException {
        RawOrigin origin = http2((peer, turn) -> peer.reset(turn.stream, REFUSED_STREAM));
        ObservedProxy proxy = proxy(Version.HTTP_2, origin.port());

        try (Call.Client client = Call.client(version, socket(proxy))) {
            Answer answer = client.call(false, "POST", "/").send("body", true).answer();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("upstream refused the request\n");
        }
        assertThat(received.get())
                .as("the first, two at once, five with a wait")
                .isEqualTo(8);
        assertThat(proxy.logged(1).getFirst())
                .contains("refused the request before a response")
                .contains("\"failure\":\"UR\"");
        assertThat(proxy.failures("upstream_refused")).isEqualTo(1);
        proxy.awaitQuiet("web");
    }

    @Test
    void anOriginThatGoesAwayWithoutTakingAnythingIsTriedAFewTimes() throws IOException {
        RawOrigin origin = http2((peer, turn) -> peer.goAway(0, NO_ERROR));
        ObservedProxy proxy = proxy(Version.HTTP_2, origin.port());

        try (RawClient client = RawClient.connect(proxy.address())) {
            assertThat(client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n")
                            .response()
                            .status())
                    .isEqualTo(503);
        }
        assertThat(received.get()).isEqualTo(8);
        assertThat(origin.connections()).isEqualTo(8);
    }

    @Test
    void manyThatAreRefusedAtOnceShareTheRetriesOfTheirCluster() throws Exception {
        RawOrigin origin = http2((peer, turn) -> peer.reset(turn.stream, REFUSED_STREAM));
        ObservedProxy proxy = proxy(Version.HTTP_2, origin.port(), 0);

        assertThat(getAtOnce(proxy, 600)).isEqualTo(Map.of(503, 600));
        assertThat(received.get()).isEqualTo(3 * 600);
    }

    // ---- Peers ----

    /** A stream that has come, and how many that makes on its connection. */
    private static final class Turn {
        int stream;
        int count;
    }

    private interface Script {
        void on(RawHttp2 peer, Turn turn) throws IOException;
    }

    private RawOrigin http2(Script script) throws IOException {
        return opened.open(RawOrigin.following(wire -> {
            RawHttp2 peer = RawHttp2.server(wire.socket());
            peer.settings();
            Turn turn = new Turn();
            for (RawHttp2.Frame frame = peer.await(); frame.type() != RawHttp2.CONNECTION_END; frame = peer.await()) {
                if (frame.type() == RawHttp2.HEADERS) {
                    received.incrementAndGet();
                    turn.count++;
                    turn.stream = frame.stream();
                    script.on(peer, turn);
                }
            }
        }));
    }

    private int nginx(Version version) throws Exception {
        int port = Program.freePort();
        String listen = version == Version.HTTP_2 ? "http2" : "";
        opened.open(Program.nginx(port, folder, "keepalive_requests 7;", listen, "return 200 \"ok\";"));
        return port;
    }

    private ObservedProxy proxy(Version upstream, int port) {
        return proxy(upstream, port, 3);
    }

    private ObservedProxy proxy(Version upstream, int port, int maxRetries) {
        ProxyConfig config = Setup.listen("127.0.0.1", 0)
                .options(Records.with(HttpOptions.DEFAULT, "accessLog", AccessLog.JSON))
                .cluster("web", "127.0.0.1:" + port)
                .protocol(upstream == Version.HTTP_2 ? UpstreamProtocol.HTTP2 : UpstreamProtocol.HTTP1)
                .and()
                .route("/", "web")
                .build();
        ClusterName web = new ClusterName("web");
        ClusterConfig cluster = Objects.requireNonNull(config.clusters().get(web));
        CircuitLimits limits = new CircuitLimits(1024, 1024, 1024, maxRetries, 0, 0);
        return opened.open(new ObservedProxy(
                Records.with(config, "clusters", Map.of(web, Records.with(cluster, "limits", limits)))));
    }

    private static Socket socket(ObservedProxy proxy) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), proxy.address().getPort());
        socket.setTcpNoDelay(true);
        return socket;
    }

    /** So many requests on one connection, {@link #AT_ONCE} of them at a time; how often there was each status. */
    private static Map<Integer, Integer> getAtOnce(ObservedProxy proxy, int requests) throws IOException {
        Map<Integer, Integer> statuses = new TreeMap<>();
        try (RawHttp2 client = RawHttp2.client(socket(proxy))) {
            int sent = 0;
            int ended = 0;
            while (ended < requests) {
                while (sent < requests && sent - ended < AT_ONCE) {
                    client.headers(
                            2 * sent + 1, true, ":method: GET", ":scheme: http", ":authority: web", ":path: /" + sent);
                    sent++;
                }
                RawHttp2.Frame frame = client.await();
                if (frame.type() == RawHttp2.HEADERS) {
                    statuses.merge(frame.status(), 1, Integer::sum);
                }
                ended += frame.isEnd() ? 1 : 0;
                if (frame.type() != RawHttp2.HEADERS && frame.type() != RawHttp2.DATA) {
                    throw new IOException("unexpected: " + frame);
                }
            }
        }
        return statuses;
    }

    /** How many of so many requests were answered well. */
    private static int getOneByOne(ObservedProxy proxy, int requests) {
        int well = 0;
        try (RawClient client = RawClient.connect(proxy.address())) {
            for (int i = 0; i < requests; i++) {
                well += client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n")
                                        .response()
                                        .status()
                                == 200
                        ? 1
                        : 0;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return well;
    }
}
