package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HeaderRules.Append;
import dev.weft.proxy.model.HeaderRules.HeaderChange;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteAction.WeightedCluster;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What changes while requests are under way must not fail them. */
class UnderLoadTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    @Test
    void anEndpointThatIsKilledFailsNoIdempotentRequest() throws Exception {
        RawOrigin first = origin("1");
        RawOrigin second = origin("2");
        RawOrigin third = origin("3");
        Proxy proxy = proxy();
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("c", at(first), at(second), at(third))
                .and()
                .route("/", "c")
                .build());
        Load load = new Load(proxy, 8);
        load.awaitMore(500);
        second.close();
        load.awaitMore(500);

        assertThat(load.stop()).isEmpty();
    }

    @Test
    void aHundredConfigurationsOneAfterAnotherFailNoRequest() throws Exception {
        List<RawOrigin> origins = List.of(origin("1"), origin("2"), origin("3"), origin("4"));
        Proxy proxy = proxy();
        Random random = new Random(7);
        proxy.apply(randomConfig(origins, random));
        Load load = new Load(proxy, 4);
        for (int i = 0; i < 100; i++) {
            proxy.apply(randomConfig(origins, random));
            load.awaitMore(5);
        }

        assertThat(load.stop()).isEmpty();
    }

    @Test
    void aWeightedSplitIsSeenByTheOrigins() throws Exception {
        RawOrigin most = origin("1");
        RawOrigin few = origin("2");
        Proxy proxy = proxy();
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("most", at(most))
                .and()
                .cluster("few", at(few))
                .and()
                .route(new RouteRule("", RouteMatch.ANY, split(9, "most", 1, "few"), HeaderRules.NONE))
                .build());
        Load load = new Load(proxy, 4);
        load.awaitMore(2000);
        assertThat(load.stop()).isEmpty();

        double share = (double) few.requests().size()
                / (few.requests().size() + most.requests().size());
        assertThat(share).isBetween(0.06, 0.14);
    }

    /** Repeated: the order in which a loop takes what it was asked and what its sockets have differs. */
    @RepeatedTest(20)
    void aDrainLetsRequestsFinish() throws Exception {
        var release = new java.util.concurrent.CountDownLatch(1);
        RawOrigin slow = opened.open(RawOrigin.following(wire -> {
            wire.request();
            awaitQuietly(release);
            wire.send(OK + "1");
        }));
        Proxy proxy = proxy();
        proxy.apply(Setup.listen("127.0.0.1", 0).to(at(slow)));
        RawClient client = opened.open(RawClient.connect(proxy.address("http")));
        client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        Awaitility.await().until(() -> !slow.requests().isEmpty());

        var drained = proxy.drain(Duration.ofSeconds(10));
        assertThat(drained).isNotDone();
        assertThat(proxy.activeRequests()).isEqualTo(1);
        release.countDown();

        RawMessage response = client.response();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("connection")).isEqualTo("close");
        drained.get(5, java.util.concurrent.TimeUnit.SECONDS);
        assertThat(proxy.activeRequests()).isZero();
    }

    private static void awaitQuietly(java.util.concurrent.CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ProxyConfig randomConfig(List<RawOrigin> origins, Random random) {
        List<String> used = new ArrayList<>();
        origins.forEach(origin -> used.add(at(origin)));
        java.util.Collections.shuffle(used, random);
        String name = "c" + random.nextInt(3);
        HeaderRules stamp = new HeaderRules(
                List.of(new HeaderChange("x-stamp", "" + random.nextInt(), Append.OVERWRITE)),
                List.of(),
                List.of(),
                List.of());
        return Setup.listen("127.0.0.1", 0)
                .cluster(name, used.subList(0, 1 + random.nextInt(3)).toArray(String[]::new))
                .and()
                .route(new RouteRule("", RouteMatch.ANY, split(1, name, 1, name), stamp))
                .build();
    }

    private static RouteAction split(int weight, String cluster, int otherWeight, String otherCluster) {
        return RouteAction.Forward.builder()
                .clusters(List.of(
                        new WeightedCluster(new ClusterName(cluster), weight, HeaderRules.NONE),
                        new WeightedCluster(new ClusterName(otherCluster), otherWeight, HeaderRules.NONE)))
                .build();
    }

    private static String at(RawOrigin origin) {
        return "127.0.0.1:" + origin.port();
    }

    private RawOrigin origin(String body) throws IOException {
        return opened.open(RawOrigin.answering(OK + body));
    }

    private Proxy proxy() {
        return opened.open(Proxy.builder().loops(2).build());
    }

    /** Clients that ask again and again, each on a kept connection. */
    private static final class Load {
        private final Queue<String> failures = new ConcurrentLinkedQueue<>();
        private final AtomicInteger answered = new AtomicInteger();
        private final List<Thread> clients = new ArrayList<>();
        private volatile boolean stopped;

        Load(Proxy proxy, int connections) {
            for (int i = 0; i < connections; i++) {
                clients.add(Thread.ofVirtual().start(() -> ask(proxy)));
            }
        }

        void awaitMore(int requests) {
            int target = answered.get() + requests;
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> answered.get() >= target || !failures.isEmpty());
        }

        Queue<String> stop() throws InterruptedException {
            stopped = true;
            for (Thread client : clients) {
                client.join();
            }
            return failures;
        }

        private void ask(Proxy proxy) {
            try (RawClient client = RawClient.connect(proxy.address("http"))) {
                while (!stopped) {
                    RawMessage response =
                            client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").response();
                    if (response.status() != 200) {
                        failures.add(response.toString());
                    }
                    answered.incrementAndGet();
                }
            } catch (IOException | RuntimeException e) {
                failures.add(e.toString());
            }
        }
    }
}
