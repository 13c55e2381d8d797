package dev.weft.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.RetryPolicy.Condition;
import dev.weft.proxy.model.RetryPolicy.RateLimited;
import dev.weft.proxy.model.RetryPolicy.ResetHeader;
import dev.weft.proxy.model.RouteMatch.NamedMatch;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RetryRulesTest {
    private static final long NOW_MILLIS = 1_600_000_000_500L;

    @Test
    void whereFieldsDoNotMatterThereAreNone() {
        assertThat(RetryRules.compile(policy(List.of(), List.of(), Optional.empty())))
                .isNull();
    }

    @Test
    void oneFieldOfTheResponseIsEnoughAndItsStatusIsOne() {
        RetryRules rules = rules(
                List.of(
                        field("x-busy", new ValueMatch.Present(true)),
                        field("x-kind", new ValueMatch.Exact("soft", false)),
                        field(":status", new ValueMatch.Prefix("42", false))),
                List.of(),
                Optional.empty());

        assertThat(rules.want(200, headers("x-busy", ""))).isTrue();
        assertThat(rules.want(200, headers("x-kind", "soft"))).isTrue();
        assertThat(rules.want(200, headers("x-kind", "hard"))).isFalse();
        assertThat(rules.want(429, headers())).isTrue();
        assertThat(rules.want(200, headers())).isFalse();
    }

    @Test
    void oneFieldOfTheRequestIsEnoughWhereSomeAreNamed() {
        RetryRules rules = rules(
                List.of(),
                List.of(
                        field(":method", new ValueMatch.Exact("GET", false)),
                        field("idempotency-key", new ValueMatch.Present(true))),
                Optional.empty());

        assertThat(rules.allow(request("GET"))).isTrue();
        assertThat(rules.allow(request("POST"))).isFalse();
        RequestHead keyed = request("POST");
        keyed.headers().add("Idempotency-Key", "7");
        assertThat(rules.allow(keyed)).isTrue();
        assertThat(rules(List.of(field("x", new ValueMatch.Present(true))), List.of(), Optional.empty())
                        .allow(request("POST")))
                .as("none named")
                .isTrue();
    }

    @Test
    void theFirstFieldThatCanBeReadAndIsNotTooFarOffSaysWhenToComeBack() {
        RetryRules rules = rules(
                List.of(),
                List.of(),
                Optional.of(new RateLimited(
                        List.of(new ResetHeader("Retry-After", false), new ResetHeader("X-RateLimit-Reset", true)),
                        Duration.ofSeconds(60))));

        assertThat(rules.readResets()).isTrue();
        assertThat(seconds(rules, headers("retry-after", "60"))).isEqualTo(60);
        assertThat(seconds(rules, headers("retry-after", "0"))).isZero();
        assertThat(seconds(rules, headers("x-ratelimit-reset", "1600000007"))).isEqualTo(7);
        assertThat(seconds(rules, headers("retry-after", "61", "x-ratelimit-reset", "1600000007")))
                .isEqualTo(7);
        assertThat(seconds(rules, headers("retry-after", "soon", "x-ratelimit-reset", "1600000007")))
                .isEqualTo(7);
        for (String unread : List.of("61", "-1", "", "1.5", "+1", "9999999999999999999")) {
            assertThat(rules.resetNanos(headers("retry-after", unread), NOW_MILLIS))
                    .as("\"%s\"", unread)
                    .isEqualTo(RetryRules.NOT_SAID);
        }
        assertThat(rules.resetNanos(headers("x-ratelimit-reset", "1599999999"), NOW_MILLIS))
                .as("past")
                .isEqualTo(RetryRules.NOT_SAID);
        assertThat(rules.resetNanos(headers(), NOW_MILLIS)).isEqualTo(RetryRules.NOT_SAID);
    }

    @Test
    void aNameThatIsNoneIsRefused() {
        assertThatThrownBy(() -> rules(
                        List.of(),
                        List.of(),
                        Optional.of(new RateLimited(List.of(new ResetHeader("a b", false)), Duration.ofSeconds(60)))))
                .hasMessageContaining("\"a b\" (expected: a token)");
        assertThatThrownBy(() -> new RateLimited(List.of(), Duration.ofSeconds(1)))
                .hasMessage("reset_headers: empty (expected: at least one)");
        assertThatThrownBy(() -> new RateLimited(List.of(new ResetHeader("a", false)), Duration.ZERO))
                .hasMessageContaining("max_interval");
    }

    private static long seconds(RetryRules rules, Headers headers) {
        return TimeUnit.NANOSECONDS.toSeconds(rules.resetNanos(headers, NOW_MILLIS));
    }

    private static RetryRules rules(
            List<NamedMatch> response, List<NamedMatch> request, Optional<RateLimited> rateLimited) {
        @Nullable RetryRules compiled = RetryRules.compile(policy(response, request, rateLimited));
        if (compiled == null) {
            throw new AssertionError("no rules");
        }
        return compiled;
    }

    private static RetryPolicy policy(
            List<NamedMatch> response, List<NamedMatch> request, Optional<RateLimited> rateLimited) {
        RetryPolicy.Builder policy = RetryPolicy.builder()
                .on(Set.of(Condition.RETRIABLE_HEADERS))
                .responseHeaders(response)
                .requestHeaders(request);
        rateLimited.ifPresent(policy::rateLimited);
        return policy.build();
    }

    private static NamedMatch field(String name, ValueMatch value) {
        return new NamedMatch(name, value, false, false);
    }

    private static Headers headers(String... pairs) {
        Headers headers = new Headers();
        for (int i = 0; i < pairs.length; i += 2) {
            headers.add(pairs[i], pairs[i + 1]);
        }
        return headers;
    }

    private static RequestHead request(String method) {
        return new RequestHead().method(method).path("/").authority("a").scheme("http");
    }
}
