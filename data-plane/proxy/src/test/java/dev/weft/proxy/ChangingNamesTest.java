package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.ClusterStatus;
import dev.weft.proxy.model.EndpointConfig;
import dev.weft.proxy.testing.Answer;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.NameServer;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
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
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The name server's answers change while requests are under way (STRICT_DNS, LOGICAL_DNS). */
@Timeout(90)
class ChangingNamesTest {
    private static final Duration REFRESH = Duration.ofMillis(50);
    private static final String ONE = "127.0.0.1";
    private static final String TWO = "127.0.0.2";
    private static final String GET = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch mayAnswer = new CountDownLatch(1);

    /** Connections to the first address that have ended. */
    private final AtomicInteger closed = new AtomicInteger();

    private int port;

    private RawOrigin at(String address, RawOrigin.Script script) throws IOException {
        ServerSocket listener = new ServerSocket(port, 100, InetAddress.ofLiteral(address));
        port = listener.getLocalPort();
        return opened.open(RawOrigin.over(listener, script));
    }

    /** Says at which address it is. */
    private RawOrigin saying(String address) throws IOException {
        return at(address, wire -> {
            try {
                while (wire.request() != null) {
                    wire.send("HTTP/1.1 200 OK\r\nContent-Length: " + address.length() + "\r\n\r\n" + address);
                }
            } finally { // a check that is broken off may end by a reset
                if (address.equals(ONE)) {
                    closed.incrementAndGet();
                }
            }
        });
    }

    private Proxy proxy(NameServer names, boolean strict, UpstreamProtocol protocol, boolean checked) {
        Proxy proxy = opened.open(
                Proxy.builder().loops(2).nameServers(List.of(names.address())).build());
        Setup.Cluster cluster = Setup.listen("127.0.0.1", 0)
                .cluster("web")
                .protocol(protocol)
                .with(config -> config.discovery(
                        new ClusterConfig.Dns(List.of(EndpointConfig.of("web.test", port)), REFRESH, strict)));
        if (checked) {
            cluster.healthCheck("/health", REFRESH);
        }
        proxy.apply(cluster.and().route("/", "web").build());
        await().until(() -> status(proxy).healthy() > 0);
        return proxy;
    }

    private static ClusterStatus status(Proxy proxy) {
        return proxy.clusters().getFirst();
    }

    private List<String> addresses(Proxy proxy) {
        return status(proxy).endpoints().stream()
                .map(endpoint -> endpoint.address().replace(":" + port, ""))
                .sorted()
                .toList();
    }

    /** Clients that ask without a pause, until they are stopped. */
    private static final class Load {
        private final Queue<String> problems = new ConcurrentLinkedQueue<>();
        private final Queue<String> answers = new ConcurrentLinkedQueue<>();
        private final List<Thread> clients = new ArrayList<>();
        private volatile boolean stopped;

        Load(Proxy proxy) {
            for (int i = 0; i < 4; i++) {
                clients.add(Thread.ofVirtual().start(() -> ask(proxy)));
            }
        }

        private void ask(Proxy proxy) {
            try (RawClient client = RawClient.connect(proxy.address("http"))) {
                while (!stopped) {
                    RawMessage answer = client.send(GET).response();
                    answers.add(answer.body());
                    if (answer.status() != 200) {
                        problems.add(answer.startLine());
                    }
                }
            } catch (IOException e) {
                problems.add(e.toString());
            }
        }

        /** Only these answer from now on. */
        void awaitOnly(String... addresses) {
            await().pollInterval(Duration.ofMillis(20)).until(() -> {
                answers.clear();
                while (answers.size() < 100) {
                    Thread.onSpinWait();
                }
                return List.of(addresses).containsAll(answers);
            });
        }

        Queue<String> stop() throws InterruptedException {
            stopped = true;
            for (Thread client : clients) {
                client.join();
            }
            return problems;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void underLoadNoRequestIsLostAndTheConnectionsOfWhatIsGoneAreClosed(boolean strict) throws Exception {
        RawOrigin one = saying(ONE);
        saying(TWO);
        NameServer names = opened.open(new NameServer(ONE));
        Proxy proxy = proxy(names, strict, UpstreamProtocol.HTTP1, false);
        Load load = new Load(proxy);
        load.awaitOnly(ONE);

        for (int i = 0; i < 10; i++) {
            names.say(TWO);
            load.awaitOnly(TWO);
            names.say(ONE);
            load.awaitOnly(ONE);
        }
        names.say(TWO);
        load.awaitOnly(TWO);

        assertThat(load.stop()).isEmpty();
        assertThat(addresses(proxy)).containsExactly(TWO);
        await().untilAsserted(() -> assertThat(closed.get()).isEqualTo(one.connections()));
        await().untilAsserted(() -> {
            assertThat(status(proxy).activeRequests()).isZero();
            assertThat(status(proxy).connections())
                    .as("those to the second, idle")
                    .isBetween(1, 4);
        });
    }

    /** Of all that are answered strictly, of one logically. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void addressesThatAreAddedAreUsed(boolean strict) throws Exception {
        saying(ONE);
        saying(TWO);
        NameServer names = opened.open(new NameServer(ONE));
        Proxy proxy = proxy(names, strict, UpstreamProtocol.HTTP1, false);
        Load load = new Load(proxy);
        int before = names.asked();
        names.say(TWO, ONE);

        await().until(() -> names.asked() > before + 4);
        if (strict) {
            await().until(() -> load.answers.contains(TWO));
        }
        assertThat(addresses(proxy)).isEqualTo(strict ? List.of(ONE, TWO) : List.of(ONE));
        names.say(); // no such name: what was known stays
        int then = names.asked();
        await().until(() -> names.asked() > then + 2);
        load.awaitOnly(strict ? new String[] {ONE, TWO} : new String[] {ONE});

        assertThat(load.stop()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"HTTP_1,true", "HTTP_1,false", "HTTP_2,true", "HTTP_2,false"})
    void aRequestThatIsUnderWayIsNotCut(Version version, boolean strict) throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        ServerSocket listener = new ServerSocket(0, 100, InetAddress.ofLiteral(ONE));
        port = listener.getLocalPort();
        opened.open(Served.origin(version, listener, request -> {
            request.respond(200, false).send("begun ", false);
            asked.countDown();
            try {
                mayAnswer.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            request.send("and ended", true);
            try {
                request.awaitCancel(); // the next is the connection's end
            } finally {
                left.countDown();
            }
        }));
        ServerSocket second = new ServerSocket(port, 100, InetAddress.ofLiteral(TWO));
        opened.open(Served.origin(version, second, request -> request.respond(204, true)));
        NameServer names = opened.open(new NameServer(ONE));
        Proxy proxy = proxy(
                names, strict, version == Version.HTTP_1 ? UpstreamProtocol.HTTP1 : UpstreamProtocol.HTTP2, false);
        Call slow = call(proxy);
        asked.await();

        names.say(TWO);
        await().until(() -> addresses(proxy).equals(List.of(TWO)));

        assertThat(call(proxy).answer().status()).isEqualTo(204);
        assertThat(status(proxy).activeRequests()).isEqualTo(1);
        mayAnswer.countDown();
        Answer answer = slow.answer();
        assertThat(answer.body()).isEqualTo("begun and ended");
        assertThat(answer.whole()).isTrue();
        left.await();
        await().untilAsserted(() -> {
            assertThat(status(proxy).activeRequests()).isZero();
            assertThat(status(proxy).connections()).isEqualTo(1);
        });
    }

    private Call call(Proxy proxy) throws IOException {
        InetSocketAddress address = proxy.address("http");
        Socket socket = opened.open(new Socket(address.getAddress(), address.getPort()));
        return opened.open(Call.client(Version.HTTP_1, socket)).call(true, "GET", "/");
    }

    @RepeatedTest(5)
    void whatIsGoneIsNotCheckedAnyMore() throws Exception {
        RawOrigin one = saying(ONE);
        RawOrigin two = saying(TWO);
        NameServer names = opened.open(new NameServer(ONE, TWO));
        Proxy proxy = proxy(names, true, UpstreamProtocol.HTTP1, true);
        await().until(() -> one.requests().size() > 2 && two.requests().size() > 2);

        names.say(TWO);
        await().until(() -> addresses(proxy).equals(List.of(TWO)));
        await().untilAsserted(() -> assertThat(closed.get()).isEqualTo(one.connections()));
        int checks = one.requests().size();
        int others = two.requests().size();
        await().until(() -> two.requests().size() > others + 5);

        assertThat(one.requests()).hasSize(checks);
        assertThat(status(proxy).healthy()).isEqualTo(1);
        names.say(ONE, TWO);
        await().until(() -> status(proxy).healthy() == 2);
    }
}
