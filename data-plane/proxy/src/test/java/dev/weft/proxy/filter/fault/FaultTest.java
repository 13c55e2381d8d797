package dev.weft.proxy.filter.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.filter.fault.FaultPolicy.Abort;
import dev.weft.proxy.filter.fault.FaultPolicy.Delay;
import dev.weft.proxy.filter.fault.FaultPolicy.Status;
import dev.weft.proxy.model.RouteMatch.NamedMatch;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import dev.weft.proxy.model.Share;
import dev.weft.proxy.testing.FilteredProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class FaultTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @RegisterExtension
    private final Opened opened = new Opened();

    private static FaultPolicy aborting(Status status, Share share) {
        return new FaultPolicy(Optional.empty(), Optional.of(new Abort(Optional.of(status), share)), List.of());
    }

    @Test
    void anAbortedRequestIsAnsweredAndNeverReachesItsUpstream() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, aborting(new Status.Http(418), Share.ALL), OK);

        RawMessage answer = proxy.get("");

        assertThat(answer.status()).isEqualTo(418);
        assertThat(answer.body()).isEqualTo("injected fault\n");
        assertThat(proxy.origin().requests()).isEmpty();
    }

    @Test
    void theShareDecidesHowManyAreAborted() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, aborting(new Status.Http(503), Share.of(50, 100)), OK);
        RawClient client = proxy.client();

        int aborted = 0;
        for (int i = 0; i < 200; i++) {
            int status = client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n")
                    .response()
                    .status();
            aborted += status == 503 ? 1 : 0;
        }

        assertThat(aborted).isBetween(60, 140); // 100 expected, sigma 7
    }

    @Test
    void onlyRequestsThatAreMeantAreAborted() throws IOException {
        NamedMatch tester = new NamedMatch("x-tester", new ValueMatch.Exact("yes", false), false, false);
        FaultPolicy policy = new FaultPolicy(
                Optional.empty(),
                Optional.of(new Abort(Optional.of(new Status.Http(500)), Share.ALL)),
                List.of(tester));
        FilteredProxy proxy = FilteredProxy.with(opened, policy, OK);

        assertThat(proxy.get("X-Tester: yes\r\n").status()).isEqualTo(500);
        assertThat(proxy.get("X-Tester: no\r\n").status()).isEqualTo(200);
    }

    @Test
    void aGrpcRequestIsAbortedWithItsOwnStatus() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, aborting(new Status.Grpc(5), Share.ALL), OK);

        RawMessage answer = proxy.get("Content-Type: application/grpc\r\n");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("grpc-status")).isEqualTo("5");
    }

    @Test
    void theRequestMaySayHowItIsAbortedWhereThatIsAllowed() throws IOException {
        FaultPolicy policy =
                new FaultPolicy(Optional.empty(), Optional.of(new Abort(Optional.empty(), Share.ALL)), List.of());
        FilteredProxy proxy = FilteredProxy.with(opened, policy, OK);

        assertThat(proxy.get("x-envoy-fault-abort-request: 429\r\n").status()).isEqualTo(429);
        assertThat(proxy.get("x-envoy-fault-abort-request: 99\r\n").status()).isEqualTo(200);
        assertThat(proxy.get("").status()).isEqualTo(200);
    }

    @Test
    void aDelayedRequestIsForwardedAfterItsDelay() throws IOException {
        FaultPolicy policy = new FaultPolicy(
                Optional.of(new Delay(Optional.of(Duration.ofMillis(150)), Share.ALL)), Optional.empty(), List.of());
        FilteredProxy proxy = FilteredProxy.with(opened, policy, OK);
        long begin = System.nanoTime();

        RawMessage answer = proxy.ask("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n\r\nbody");

        assertThat(answer.body()).isEqualTo("ok");
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(150));
        assertThat(proxy.origin().requests().getFirst().body()).isEqualTo("body");
    }

    @Test
    void aClientThatLeavesDuringItsDelayTakesTheRequestWithIt() throws IOException {
        FaultPolicy policy = new FaultPolicy(
                Optional.of(new Delay(Optional.of(Duration.ofMinutes(1)), Share.ALL)), Optional.empty(), List.of());
        FilteredProxy proxy = FilteredProxy.with(opened, policy, OK);
        RawClient client = proxy.client().send("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        Awaitility.await().until(() -> proxy.proxy().activeRequests() == 1);

        client.close();

        Awaitility.await().until(() -> proxy.proxy().activeRequests() == 0);
        assertThat(proxy.origin().requests()).isEmpty();
    }

    @Test
    void aGrpcClientMaySayItsStatus() throws IOException {
        FaultPolicy policy =
                new FaultPolicy(Optional.empty(), Optional.of(new Abort(Optional.empty(), Share.ALL)), List.of());
        FilteredProxy proxy = FilteredProxy.with(opened, policy, OK);

        RawMessage answer = proxy.get("Content-Type: application/grpc\r\nx-envoy-fault-abort-grpc-request: 5\r\n");
        assertThat(answer.header("grpc-status")).isEqualTo("5");
        assertThat(proxy.get("x-envoy-fault-abort-grpc-request: 17\r\n").body()).isEqualTo("ok");
    }

    @Test
    void whileAsManyAreDelayedAsMayBeOthersPass() throws IOException {
        FaultPolicy policy = new FaultPolicy(
                Optional.of(new Delay(Optional.of(Duration.ofMinutes(1)), Share.ALL)), Optional.empty(), List.of(), 1);
        FilteredProxy proxy = FilteredProxy.with(opened, policy, OK);
        RawClient delayed = proxy.client().send("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        Awaitility.await().until(() -> proxy.proxy().activeRequests() == 1);

        assertThat(proxy.get("").body()).isEqualTo("ok");

        delayed.close();
        Awaitility.await().until(() -> proxy.proxy().activeRequests() == 0);
        proxy.client().send("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        Awaitility.await().until(() -> proxy.proxy().activeRequests() == 1);
        assertThat(proxy.origin().requests()).hasSize(1);
    }

    @Test
    void aStatusThatIsNoneIsRefused() {
        assertThatThrownBy(() -> new Status.Http(99)).hasMessage("http_status: 99 (expected: 200 to 599)");
    }
}
