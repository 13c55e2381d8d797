package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HeaderHabits;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.LogFormat;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteAction.AttemptCount;
import dev.weft.proxy.model.RouteAction.Forward;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a listener adds to heads, and says in its log, beyond what it always does. */
class HeaderHabitsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Length: 2\r\n\r\nok";

    @RegisterExtension
    private final Opened opened = new Opened();

    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    @Test
    void thePeerIsNotAppendedWhereSomebodyElseDoesIt() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        RawClient client = client(origin, habits("appendForwardedFor", false), AttemptCount.UNTOLD);

        client.send("GET / HTTP/1.1\r\nHost: web\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n")
                .response();

        assertThat(origin.requests().getFirst().header("x-forwarded-for")).isEqualTo("192.0.2.1");
    }

    @Test
    void theServersNameIsOursWhereWeAreToldSo() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        HttpOptions options = Records.with(habits("overwriteServer", true), "serverName", "weft");

        assertThat(get(client(origin, options, AttemptCount.UNTOLD)).header("server"))
                .isEqualTo("weft");
        HttpOptions polite = HttpOptions.builder().serverName("weft").build();
        assertThat(get(client(origin, polite, AttemptCount.UNTOLD)).header("server"))
                .isEqualTo("origin");
    }

    @Test
    void anIdThatCameAlongIsKeptAndToldToTheClient() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        HttpOptions options = HttpOptions.builder()
                .habits(new HeaderHabits(true, false, true, true))
                .build();
        RawClient client = client(origin, options, AttemptCount.UNTOLD);

        RawMessage answer = client.send("GET / HTTP/1.1\r\nHost: web\r\nX-Request-Id: mine\r\n\r\n")
                .response();

        assertThat(origin.requests().getFirst().header("x-request-id")).isEqualTo("mine");
        assertThat(answer.header("x-request-id")).isEqualTo("mine");
        assertThat(get(client).header("x-request-id")).hasSize(36);
    }

    @Test
    void bothSidesAreToldHowManyTriesThereWere() throws IOException {
        RawOrigin dead = opened.open(RawOrigin.following(wire -> wire.requestHead()));
        RawClient client = client(dead, HttpOptions.DEFAULT, new AttemptCount(true, true));

        get(client);

        assertThat(dead.requests())
                .extracting(request -> request.header("x-envoy-attempt-count"))
                .containsExactly("1", "2", "3");
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        assertThat(get(client(origin, HttpOptions.DEFAULT, new AttemptCount(false, true)))
                        .header("x-envoy-attempt-count"))
                .isEqualTo("1");
        assertThat(origin.requests().getFirst().header("x-envoy-attempt-count")).isNull();
    }

    @Test
    void aLineIsLoggedInOnesOwnWordsForRefusedHeadsToo() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        HttpOptions options = HttpOptions.builder()
                .logs(List.of(new LogFormat.Text(
                        "%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_SENT%", false)))
                .build();
        RawClient client = client(origin, options, AttemptCount.UNTOLD);

        client.send("GET /a HTTP/1.1\r\nHost: web\r\n\r\n").response();
        client.send("GET /b HTTP/1.1\r\nHost : web\r\n\r\n").response();

        Awaitility.await()
                .untilAsserted(() -> assertThat(log.toString(StandardCharsets.US_ASCII))
                        .isEqualTo("GET /a 200 - 2\n- - 400 DPE 0\n"));
    }

    @Test
    void aLineTellsOurEndTowardsTheOriginAndHowLongThatTook() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        HttpOptions options = HttpOptions.builder()
                .logs(List.of(new LogFormat.Text(
                        "%UPSTREAM_LOCAL_ADDRESS% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% %CONNECTION_TERMINATION_DETAILS%",
                        false)))
                .build();
        RawClient client = client(origin, options, AttemptCount.UNTOLD);

        RawMessage answer = get(client);

        assertThat(answer.header("x-envoy-upstream-service-time")).isNull();
        Awaitility.await()
                .untilAsserted(() -> assertThat(log.toString(StandardCharsets.US_ASCII))
                        .matches("127\\.0\\.0\\.1:[1-9][0-9]* [0-9]+ -\n"));
    }

    private static HttpOptions habits(String habit, boolean value) {
        return HttpOptions.builder()
                .habits(Records.with(HeaderHabits.DEFAULT, habit, value))
                .build();
    }

    private static RawMessage get(RawClient client) throws IOException {
        return client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").response();
    }

    private RawClient client(RawOrigin origin, HttpOptions options, AttemptCount attempts) throws IOException {
        Proxy proxy = opened.open(Proxy.builder().loops(1).accessLog(log).build());
        Forward plain = Setup.forwardTo("web");
        RouteAction action = Records.with(plain, "attempts", attempts);
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .options(options)
                .cluster("web", "127.0.0.1:" + origin.port())
                .and()
                .route(new RouteRule("all", RouteMatch.ANY, action, HeaderRules.NONE))
                .build());
        return opened.open(RawClient.connect(proxy.address("http")));
    }
}
