package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Answer;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.Served;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What gRPC asks of a proxy beyond HTTP/2, frame by frame; all call kinds with real peers are in GrpcInteropTest. */
class GrpcThroughProxyTest {
    private static final String[] UNARY = {"content-type: application/grpc", "te: trailers", "grpc-timeout: 5S"};

    @RegisterExtension
    private final Opened opened = new Opened();

    private RouteAction.Forward forward = Setup.forwardTo("web");

    @Test
    void messagesPassInBothDirectionsAsTheyComeAndTheStatusEndsThem() throws IOException {
        Call call = call(request -> {
            request.respond(200, false, "content-type: application/grpc");
            for (int i = 0; i < 3; i++) {
                request.send("re:" + request.receive(5), false);
            }
            request.trailers("grpc-status: 0");
        });

        assertThat(call.head().status()).isEqualTo(200);
        for (int i = 0; i < 3; i++) {
            assertThat(call.send("ping" + i, false).receive(8)).isEqualTo("re:ping" + i);
        }
        assertThat(call.answer().trailers()).containsExactly("grpc-status: 0");
    }

    @Test
    void teIsPassedOn() throws IOException {
        Answer answer = call(request -> request.respond(200, true, "x-te: " + request.field("te"), "grpc-status: 0"))
                .answer();

        assertThat(answer.field("x-te")).isEqualTo("trailers");
        assertThat(answer.field("grpc-status")).as("trailers only").isEqualTo("0");
    }

    @Test
    void aFailureOfTheProxysBeforeAResponseIsAStatusInAHeadOf200() throws IOException {
        ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        gone.close();
        Answer answer =
                client(gone.getLocalPort()).call(false, "POST", "/s/M", UNARY).answer();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.field("content-type")).isEqualTo("application/grpc");
        assertThat(answer.field("grpc-status")).isEqualTo("14");
        assertThat(answer.field("grpc-message")).isNotEmpty();
        assertThat(answer.whole()).isTrue();
    }

    @Test
    void aFailureWithinAResponseIsAStatusInTrailers() throws IOException {
        Answer answer = call(request -> {
                    request.respond(200, false, "content-type: application/grpc")
                            .send("first", false);
                    request.reset();
                })
                .answer();

        assertThat(answer.body()).isEqualTo("first");
        assertThat(answer.trailers()).contains("grpc-status: 14");
        assertThat(answer.whole()).isTrue();
    }

    @Test
    void theClientsDeadlineHoldsAndIsPassedOnShortenedToEachTry() throws Exception {
        RetryPolicy policy = Records.with(Setup.retries(1), "perTryTimeout", Duration.ofMillis(200));
        forward = Records.with(forward, "retry", Optional.of(policy));
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        Answer answer = call(request -> {
                    seen.add(String.valueOf(request.field("grpc-timeout")));
                    if (seen.size() == 1) {
                        request.awaitCancel();
                    } else {
                        request.respond(200, true, "grpc-status: 0");
                    }
                })
                .send("", true)
                .answer();

        assertThat(answer.field("grpc-status")).isEqualTo("0");
        assertThat(seen).hasSize(2);
        long first = millis(seen.get(0));
        assertThat(first).isBetween(3_000L, 5_000L);
        assertThat(millis(seen.get(1))).isBetween(1L, first - 150);
    }

    @Test
    void aDeadlineThatPassesIsStatus4AndCancelsTheCall() throws Exception {
        CountDownLatch cancelled = new CountDownLatch(1);
        Answer answer = client(origin(request -> {
                            request.awaitCancel();
                            cancelled.countDown();
                        })
                        .port())
                .call(true, "POST", "/s/M", "content-type: application/grpc", "te: trailers", "grpc-timeout: 200m")
                .answer();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.field("grpc-status")).isEqualTo("4");
        assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aClientThatCancelsCancelsTheCall() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        Call call = call(request -> {
            request.respond(200, false, "content-type: application/grpc");
            begun.countDown();
            request.awaitCancel();
            cancelled.countDown();
        });
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
        call.head();
        call.cancel();

        assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    }

    private static long millis(String timeout) {
        long value = Long.parseLong(timeout.substring(0, timeout.length() - 1));
        return switch (timeout.charAt(timeout.length() - 1)) {
            case 'n' -> value / 1_000_000;
            case 'u' -> value / 1_000;
            case 'm' -> value;
            case 'S' -> value * 1_000;
            default -> throw new IllegalArgumentException(timeout);
        };
    }

    private Call call(Served.Script script) throws IOException {
        return client(origin(script).port()).call(false, "POST", "/s/M", UNARY);
    }

    private RawOrigin origin(Served.Script script) throws IOException {
        ServerSocket listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        return opened.open(Served.origin(Version.HTTP_2, listener, script));
    }

    private Call.Client client(int port) throws IOException {
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("web", "127.0.0.1:" + port)
                .protocol(UpstreamProtocol.HTTP2)
                .and()
                .route(new RouteRule("all", RouteMatch.ANY, forward, HeaderRules.NONE))
                .build());
        Socket socket = new Socket("127.0.0.1", proxy.address("http").getPort());
        return opened.open(Call.client(Version.HTTP_2, socket));
    }
}
