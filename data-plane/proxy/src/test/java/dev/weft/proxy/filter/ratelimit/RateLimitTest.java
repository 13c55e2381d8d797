package dev.weft.proxy.filter.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.filter.ratelimit.RateLimitPolicy.Descriptor;
import dev.weft.proxy.filter.ratelimit.RateLimitPolicy.EntryMatch;
import dev.weft.proxy.filter.ratelimit.RateLimitPolicy.KeyPart;
import dev.weft.proxy.model.FilterConfig;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.PathMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.Share;
import dev.weft.proxy.testing.FilteredProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RateLimitTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @RegisterExtension
    private final Opened opened = new Opened();

    /** So many, and no more for an hour. */
    private static Limit only(int requests) {
        return new Limit(requests, 1, Duration.ofHours(1));
    }

    private static RateLimitPolicy keyed(KeyPart key, Descriptor... descriptors) {
        return new RateLimitPolicy(
                Optional.of(only(100)),
                List.of(List.of(key)),
                List.of(descriptors),
                2,
                false,
                Share.ALL,
                429,
                true,
                false);
    }

    @Test
    void whatIsBeyondTheLimitIsAnsweredWith429AndWhenToComeBack() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, RateLimitPolicy.of(only(2)), OK);

        assertThat(proxy.get("").status()).isEqualTo(200);
        assertThat(proxy.get("").status()).isEqualTo(200);
        RawMessage refused = proxy.get("");

        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.body()).isEqualTo("too many requests\n");
        assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(3500, 3600);
        assertThat(proxy.origin().requests()).hasSize(2);
    }

    @Test
    void clientsAreToldHowMuchIsLeftWhereThatIsWanted() throws IOException {
        RateLimitPolicy policy =
                new RateLimitPolicy(Optional.of(only(2)), List.of(), List.of(), 1, true, Share.ALL, 429, false, true);
        RawMessage answer = FilteredProxy.with(opened, policy, OK).get("");

        assertThat(answer.header("x-ratelimit-limit")).isEqualTo("2");
        assertThat(answer.header("x-ratelimit-remaining")).isEqualTo("1");
    }

    @Test
    void clientsAreToldOfTheBucketThatHasTheLeast() throws IOException {
        RateLimitPolicy policy = new RateLimitPolicy(
                Optional.of(only(100)),
                List.of(List.of(new KeyPart.Header("user", "x-user"))),
                List.of(new Descriptor(List.of(new EntryMatch("user", "")), only(1))),
                2,
                true,
                Share.ALL,
                429,
                false,
                true);
        FilteredProxy proxy = FilteredProxy.with(opened, policy, OK);

        RawMessage passed = proxy.get("X-User: a\r\n");
        assertThat(passed.header("x-ratelimit-limit")).isEqualTo("1");
        assertThat(passed.header("x-ratelimit-remaining")).isEqualTo("0");
        RawMessage refused = proxy.get("X-User: a\r\n");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.header("x-ratelimit-limit")).isEqualTo("1");
        assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(3500, 3600);
        assertThat(proxy.get("").header("x-ratelimit-limit")).isEqualTo("100");
    }

    @Test
    void eachValueOfAKeyHasItsOwnBucket() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(
                opened,
                keyed(
                        new KeyPart.Header("user", "x-user"),
                        new Descriptor(List.of(new EntryMatch("user", "")), only(1))),
                OK);

        assertThat(proxy.get("X-User: a\r\n").status()).isEqualTo(200);
        assertThat(proxy.get("X-User: b\r\n").status()).isEqualTo(200);
        assertThat(proxy.get("X-User: a\r\n").status()).isEqualTo(429);
        assertThat(proxy.get("").status()).isEqualTo(200);
    }

    @Test
    void bucketsOfValuesAreBoundedAndTheLeastUsedGoes() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(
                opened,
                keyed(
                        new KeyPart.Header("user", "x-user"),
                        new Descriptor(List.of(new EntryMatch("user", "")), only(1))),
                OK);
        proxy.get("X-User: a\r\n");
        proxy.get("X-User: b\r\n");
        proxy.get("X-User: c\r\n");

        assertThat(proxy.get("X-User: c\r\n").status()).isEqualTo(429);
        assertThat(proxy.get("X-User: a\r\n").status()).isEqualTo(200); // forgotten, for there are two at most
    }

    @Test
    void aDescriptorWithAValueIsForThatValueOnly() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(
                opened,
                keyed(
                        new KeyPart.Header("plan", "x-plan"),
                        new Descriptor(List.of(new EntryMatch("plan", "free")), only(1))),
                OK);

        proxy.get("X-Plan: free\r\n");
        assertThat(proxy.get("X-Plan: free\r\n").status()).isEqualTo(429);
        assertThat(proxy.get("X-Plan: paid\r\n").status()).isEqualTo(200);
    }

    @Test
    void aClientsAddressIsAKey() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(
                opened,
                keyed(new KeyPart.Address("address"), new Descriptor(List.of(new EntryMatch("address", "")), only(1))),
                OK);

        assertThat(proxy.get("").status()).isEqualTo(200);
        assertThat(proxy.get("").status()).isEqualTo(429);
    }

    @Test
    void whatIsLeftSurvivesAnUpdateThatDoesNotChangeTheLimit() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, RateLimitPolicy.of(only(1)), OK);
        proxy.get("");

        proxy.apply(RateLimitPolicy.of(only(1)));
        assertThat(proxy.get("").status()).isEqualTo(429);

        proxy.apply(RateLimitPolicy.of(only(5)));
        assertThat(proxy.get("").status()).isEqualTo(200);
    }

    @Test
    void aRouteHasItsOwnLimitOrNone() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .filter("limit", RateLimitPolicy.of(only(1)))
                .cluster("web", "127.0.0.1:" + origin.port())
                .and()
                .route(rule("/own", RateLimitPolicy.of(only(2))))
                .route(rule("/free", FilterConfig.OFF))
                .route("/", "web")
                .build());
        RawClient client = opened.open(RawClient.connect(proxy.address("http")));

        assertThat(statuses(client, "/", 2)).containsExactly(200, 429);
        assertThat(statuses(client, "/own", 3)).containsExactly(200, 200, 429);
        assertThat(statuses(client, "/free", 3)).containsExactly(200, 200, 200);
    }

    private static RouteRule rule(String path, FilterConfig limit) {
        return new RouteRule(
                path,
                new RouteMatch(new PathMatch.Prefix(path, true), List.of(), List.of(), false),
                Setup.forwardTo("web"),
                HeaderRules.NONE,
                Map.of("limit", limit));
    }

    private static List<Integer> statuses(RawClient client, String path, int times) throws IOException {
        Integer[] statuses = new Integer[times];
        for (int i = 0; i < times; i++) {
            statuses[i] = client.send("GET " + path + " HTTP/1.1\r\nHost: web\r\n\r\n")
                    .response()
                    .status();
        }
        return List.of(statuses);
    }
}
