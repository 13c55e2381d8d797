package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.model.CircuitLimits;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.RetryPolicy.Condition;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Repetitions, safe ones and those by policy, and the deadlines around them, over real sockets. */
class RetryingTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String BUSY = "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy";
    private static final String GET = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n\r\nbody";

    @RegisterExtension
    private final Opened opened = new Opened();

    @Test
    void aConnectionThatIsRefusedIsRepeatedAtAnotherEndpointWithoutAPolicy() throws IOException {
        RawOrigin gone = RawOrigin.answering(OK);
        gone.close();
        RawOrigin alive = origin(OK);
        RawClient client = client(proxy(null, Duration.ofSeconds(15), gone, alive));

        for (int i = 0; i < 6; i++) {
            assertThat(client.send(POST).response().status()).isEqualTo(200);
        }
        assertThat(alive.requests())
                .hasSize(6)
                .allMatch(request -> request.body().equals("body"));
    }

    @Test
    void aKeptConnectionThatDiesUnansweredIsRepeatedForAGetAndNotForAPost() throws IOException {
        RawOrigin oneEach = opened.open(RawOrigin.following(wire -> {
            wire.request();
            wire.send(OK);
            wire.request(); // and then the connection ends without an answer
        }));
        RawClient client = client(proxy(null, Duration.ofSeconds(15), oneEach));

        assertThat(client.send(GET).response().status()).isEqualTo(200);
        assertThat(client.send(GET).response().status()).isEqualTo(200);
        assertThat(client.send(POST).response().status()).isEqualTo(503);
    }

    @Test
    void anEndpointThatDiesBetweenHeadAndBodyCostsAnIdempotentRequestNothing() throws IOException {
        RawOrigin dying = opened.open(RawOrigin.following(wire -> {
            wire.request();
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
        }));
        RawOrigin alive = origin(OK);
        RawClient client = client(proxy(null, Duration.ofSeconds(15), dying, alive));

        for (int i = 0; i < 4; i++) {
            assertThat(client.send(GET).response().body()).isEqualTo("ok");
        }
        assertThat(dying.requests()).isNotEmpty();
    }

    @Test
    void aResponseThatDiesBetweenHeadAndBodyFailsWhereTheMethodIsNotIdempotent() throws IOException {
        RawOrigin dying = opened.open(RawOrigin.following(wire -> {
            wire.request();
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
        }));
        RawClient client = client(proxy(policy(2, Duration.ZERO), Duration.ofSeconds(15), dying));

        assertThatThrownBy(() -> client.send(POST).response()).isInstanceOf(EOFException.class);
        assertThat(dying.requests()).hasSize(1);
    }

    @Test
    void aHeadOfABodyOfUnknownLengthIsPassedOnBeforeTheBodyComes() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        RawOrigin streaming = opened.open(RawOrigin.following(wire -> {
            wire.request();
            wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            try {
                seen.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException(e.getMessage());
            }
            wire.send("2\r\nok\r\n0\r\n\r\n");
        }));
        RawClient client = client(proxy(null, Duration.ofSeconds(15), streaming));

        assertThat(client.send(GET).responseHead().status()).isEqualTo(200);
        seen.countDown();
        assertThat(client.receive(12)).isEqualTo("2\r\nok\r\n0\r\n\r\n");
    }

    @Test
    void aStatusThatThePolicyNamesIsRepeatedAtAnotherEndpointWithTheSameBody() throws IOException {
        RawOrigin busy = origin(BUSY);
        RawOrigin fine = origin(OK);
        RawClient client = client(proxy(policy(2, Duration.ZERO), Duration.ofSeconds(15), busy, fine));

        for (int i = 0; i < 4; i++) {
            assertThat(client.send(POST).response().body()).isEqualTo("ok");
        }
        assertThat(fine.requests())
                .hasSize(4)
                .allMatch(request -> request.body().equals("body"));
        assertThat(busy.requests()).isNotEmpty();
    }

    @Test
    void aRequestNeedsOneRetryPermitAtATime() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        RawOrigin recovering = opened.open(RawOrigin.following(wire -> {
            while (wire.request() != null) {
                wire.send(asked.incrementAndGet() < 4 ? BUSY : OK);
            }
        }));
        ProxyConfig plain = config(policy(3, Duration.ZERO), Duration.ofSeconds(15), recovering);
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(withLimits(plain, new CircuitLimits(8, 8, 8, 1, 0, 0)));

        assertThat(client(proxy).send(GET).response().status()).isEqualTo(200);
        assertThat(recovering.requests()).hasSize(4);
    }

    @Test
    void theLastResponseIsPassedOnWhereRetriesAreUsedUp() throws IOException {
        RawOrigin busy = origin(BUSY);
        RawClient client = client(proxy(policy(2, Duration.ZERO), Duration.ofSeconds(15), busy));

        RawMessage response = client.send(GET).response();

        assertThat(response.status()).isEqualTo(503);
        assertThat(response.body()).isEqualTo("busy");
        assertThat(busy.requests()).hasSize(3);
    }

    @Test
    void aTryThatIsTooSlowIsGivenUpForAnother() throws IOException {
        RawOrigin silent = opened.open(RawOrigin.following(wire -> {
            wire.request();
            wire.receiveToEnd();
        }));
        RawOrigin fine = origin(OK);
        RawClient client = client(proxy(policy(1, Duration.ofMillis(100)), Duration.ofSeconds(15), silent, fine));

        for (int i = 0; i < 3; i++) {
            assertThat(client.send(GET).response().status()).isEqualTo(200);
        }
        assertThat(silent.requests()).isNotEmpty();
    }

    @Test
    void theRoutesTimeoutBoundsEverything() throws IOException {
        RawOrigin silent = opened.open(RawOrigin.following(wire -> {
            wire.request();
            wire.receiveToEnd();
        }));
        RawClient client = client(proxy(null, Duration.ofMillis(150), silent));

        RawMessage response = client.send(GET).response();

        assertThat(response.status()).isEqualTo(504);
        assertThat(response.body()).isEqualTo("upstream timed out\n");
    }

    @Test
    void aGrpcRequestLearnsOfAFailureAsGrpcStatusAndItsTimeoutIsPassedOnShortened() throws IOException {
        RawOrigin silent = opened.open(RawOrigin.following(wire -> {
            wire.request();
            wire.receiveToEnd();
        }));
        RawClient client = client(proxy(null, Duration.ofSeconds(15), silent));
        RawMessage response = client.send("POST /s/M HTTP/1.1\r\nHost: web\r\nContent-Type: application/grpc\r\n"
                        + "TE: trailers\r\nGrpc-Timeout: 200m\r\nContent-Length: 0\r\n\r\n")
                .response();

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("content-type")).isEqualTo("application/grpc");
        assertThat(response.header("grpc-status")).isEqualTo("4");
        assertThat(silent.requests().get(0).header("grpc-timeout")).matches("[0-9]{1,8}[num]");
    }

    @Test
    void aClientThatLeavesCancelsTheUpstreamsWork() throws Exception {
        var ended = new CountDownLatch(1);
        RawOrigin slow = opened.open(RawOrigin.following(wire -> {
            wire.request();
            wire.receiveToEnd();
            ended.countDown();
        }));
        RawClient client = client(proxy(null, Duration.ofSeconds(15), slow));
        client.send(GET);
        org.awaitility.Awaitility.await().until(() -> !slow.requests().isEmpty());
        client.reset(); // an end of its side alone could mean that it waits

        assertThat(ended.await(1, java.util.concurrent.TimeUnit.MINUTES)).isTrue();
    }

    private static RetryPolicy policy(int retries, Duration perTry) {
        return RetryPolicy.builder()
                .on(Set.of(Condition.GATEWAY_ERROR))
                .retries(retries)
                .perTryTimeout(perTry)
                .baseBackoff(Duration.ofMillis(1))
                .maxBackoff(Duration.ofMillis(5))
                .build();
    }

    private RawOrigin origin(String response) throws IOException {
        return opened.open(RawOrigin.answering(response));
    }

    private Proxy proxy(@Nullable RetryPolicy retry, Duration timeout, RawOrigin... origins) {
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(config(retry, timeout, origins));
        return proxy;
    }

    private static ProxyConfig withLimits(ProxyConfig config, CircuitLimits limits) {
        ClusterName name = new ClusterName("c");
        ClusterConfig cluster = Objects.requireNonNull(config.clusters().get(name));
        return new ProxyConfig(
                config.listeners(), Map.of(name, Records.with(cluster, "limits", limits)), config.routeTables());
    }

    private static ProxyConfig config(@Nullable RetryPolicy retry, Duration timeout, RawOrigin... origins) {
        RouteAction.Forward.Builder forward =
                RouteAction.Forward.builder().cluster(new ClusterName("c")).timeout(timeout);
        if (retry != null) {
            forward.retry(retry);
        }
        String[] endpoints =
                Stream.of(origins).map(o -> "127.0.0.1:" + o.port()).toArray(String[]::new);
        return Setup.listen("127.0.0.1", 0)
                .cluster("c", endpoints)
                .and()
                .route(new RouteRule("r", RouteMatch.ANY, forward.build(), HeaderRules.NONE))
                .build();
    }

    private RawClient client(Proxy proxy) throws IOException {
        return opened.open(RawClient.connect(proxy.address("http")));
    }
}
