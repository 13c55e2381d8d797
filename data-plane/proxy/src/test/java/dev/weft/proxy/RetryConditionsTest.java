package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.RetryPolicy.Condition;
import dev.weft.proxy.model.RetryPolicy.RateLimited;
import dev.weft.proxy.model.RetryPolicy.ResetHeader;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.NamedMatch;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What of a request and of its response makes a retry, over real sockets: the first response asks for one, the second is fine. */
class RetryConditionsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String GET = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

    private static final RetryPolicy ON_5XX = policy(Set.of(Condition.FIVE_XX));

    @RegisterExtension
    private final Opened opened = new Opened();

    @Test
    void aResponseWithAFieldThatIsNamedIsRepeated() throws IOException {
        RetryPolicy onField = Records.with(
                policy(Set.of(Condition.RETRIABLE_HEADERS)),
                "responseHeaders",
                List.of(new NamedMatch("x-busy", new ValueMatch.Present(true), false, false)));

        assertThat(statusAfter("HTTP/1.1 200 OK\r\nX-Busy: a little\r\nContent-Length: 0\r\n\r\n", onField, GET))
                .isEqualTo("200 ok");
        assertThat(statusAfter("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", onField, GET))
                .isEqualTo("503 ");
        assertThat(statusAfter(
                        "HTTP/1.1 201 Created\r\nX-Busy: a little\r\nContent-Length: 0\r\n\r\n",
                        Records.with(onField, "on", Set.of(Condition.FIVE_XX)),
                        GET))
                .as("the condition is not named")
                .isEqualTo("201 ");
    }

    @Test
    void aRequestWithoutAnyOfTheFieldsThatAreNamedIsNotRepeated() throws IOException {
        RetryPolicy keyed = Records.with(
                ON_5XX,
                "requestHeaders",
                List.of(new NamedMatch("idempotency-key", new ValueMatch.Present(true), false, false)));
        String busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";

        assertThat(statusAfter(busy, keyed, GET)).isEqualTo("503 ");
        assertThat(statusAfter(busy, keyed, "GET / HTTP/1.1\r\nHost: web\r\nIdempotency-Key: 7\r\n\r\n"))
                .isEqualTo("200 ok");
    }

    @Test
    void whatTheRateLimitOfAnotherProxyAnsweredIsRepeatedOnlyWhereThatIsNamed() throws IOException {
        String limited = "HTTP/1.1 503 Limited\r\nX-Envoy-RateLimited: true\r\nContent-Length: 0\r\n\r\n";

        assertThat(statusAfter(limited, ON_5XX, GET)).isEqualTo("503 ");
        assertThat(statusAfter(limited, policy(Set.of(Condition.ENVOY_RATE_LIMITED)), GET))
                .isEqualTo("200 ok");
        assertThat(statusAfter(
                        "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
                        policy(Set.of(Condition.ENVOY_RATE_LIMITED)),
                        GET))
                .isEqualTo("503 ");
        assertThat(statusAfter(
                        "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
                        policy(Set.of(Condition.ENVOY_RATE_LIMITED, Condition.FIVE_XX)),
                        GET))
                .isEqualTo("200 ok");
    }

    @Test
    void aRetryWaitsAsTheFieldsSayThatTheRouteNamesAndNoLongerThanItAllows() throws IOException {
        RetryPolicy limited = Records.with(
                ON_5XX,
                "rateLimited",
                Optional.of(new RateLimited(List.of(new ResetHeader("X-Come-Back", false)), Duration.ofSeconds(60))));
        String hour = "HTTP/1.1 503 Busy\r\n%s: 3600\r\nContent-Length: 0\r\n\r\n";
        String half = "HTTP/1.1 503 Busy\r\nX-Come-Back: 30\r\nContent-Length: 0\r\n\r\n";

        assertThat(statusAfter(hour.formatted("X-Come-Back"), limited, GET))
                .as("too far off, so that the usual backoff holds")
                .isEqualTo("200 ok");
        assertThat(statusAfter(half, limited, GET))
                .as("longer than what is left of the route's 15 s")
                .isEqualTo("503 ");
        assertThat(statusAfter(hour.formatted("Retry-After"), limited, GET))
                .as("not named")
                .isEqualTo("200 ok");
        assertThat(statusAfter(hour.formatted("Retry-After"), ON_5XX, GET))
                .as("where nothing is named, Retry-After is")
                .isEqualTo("503 ");
    }

    @Test
    void aRequestIsRepeatedUpToWhatIsKeptOfIt() throws IOException {
        String busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";

        assertThat(statusAfter(busy, Records.with(ON_5XX, "maxBufferedBytes", 5), post(5)))
                .isEqualTo("200 ok");
        assertThat(statusAfter(busy, Records.with(ON_5XX, "maxBufferedBytes", 5), post(6)))
                .isEqualTo("503 ");
        assertThat(statusAfter(busy, Records.with(ON_5XX, "maxBufferedBytes", 200_000), post(200_000)))
                .isEqualTo("200 ok");
    }

    private static String post(int bytes) {
        return "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: " + bytes + "\r\n\r\n" + "x".repeat(bytes);
    }

    /** Status and body of a request that is first answered with {@code first}, and well if it comes again. */
    private String statusAfter(String first, RetryPolicy policy, String request) throws IOException {
        RawOrigin origin = opened.open(RawOrigin.following(wire -> {
            wire.request();
            wire.send(first);
            while (wire.request() != null) {
                wire.send(OK);
            }
        }));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("web", "127.0.0.1:" + origin.port())
                .and()
                .route(new RouteRule(
                        "",
                        RouteMatch.ANY,
                        Records.with(Setup.forwardTo("web"), "retry", Optional.of(policy)),
                        HeaderRules.NONE))
                .build());
        var response = opened.open(RawClient.connect(proxy.address("http")))
                .send(request)
                .response();
        return response.status() + " " + response.body();
    }

    private static RetryPolicy policy(Set<Condition> on) {
        return RetryPolicy.builder()
                .on(on)
                .baseBackoff(Duration.ofMillis(1))
                .maxBackoff(Duration.ofMillis(1))
                .build();
    }
}
