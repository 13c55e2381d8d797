package dev.weft.proxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.FilterConfig;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.PathMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A filter changes the path and has the request routed anew. */
class ReroutingFilterTest {
    @RegisterExtension
    private final Opened opened = new Opened();

    @ParameterizedTest
    @ValueSource(strings = {"/plain", "/unknown"})
    void theNewRoutesHeaderRulesHold(String path) throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        Proxy proxy =
                opened.open(Proxy.builder().loops(1).filter(new ToStamped()).build());
        HeaderRules stamp = new HeaderRules(
                List.of(new HeaderRules.HeaderChange("x-stamp", "1", HeaderRules.Append.OVERWRITE)),
                List.of(),
                List.of(),
                List.of());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("web", "127.0.0.1:" + origin.port())
                .and()
                .route(rule("/plain", HeaderRules.NONE))
                .route(rule("/stamped", stamp))
                .build());

        RawMessage answer = opened.open(RawClient.connect(proxy.address("http")))
                .send("GET " + path + " HTTP/1.1\r\nHost: web\r\n\r\n")
                .response();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(origin.requests().getFirst().header("x-stamp")).isEqualTo("1");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void filtersBehindItAreThoseOfTheNewRoute(boolean waits) throws IOException {
        List<String> ends = new CopyOnWriteArrayList<>();
        RawOrigin origin = opened.open(RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .filter("before", new Marking("before, listener", ends))
                .filter("router", new Routing(waits))
                .filter("behind", new Marking("behind, listener", ends))
                .filter("absent", FilterConfig.OFF)
                .filter("last", new Marking("last", ends))
                .cluster("web", "127.0.0.1:" + origin.port())
                .and()
                .route(new RouteRule(
                        "plain",
                        match("/plain"),
                        Setup.forwardTo("web"),
                        HeaderRules.NONE,
                        Map.of("before", new Marking("before, plain", ends), "behind", FilterConfig.OFF)))
                .route(new RouteRule(
                        "stamped",
                        match("/stamped"),
                        Setup.forwardTo("web"),
                        HeaderRules.NONE,
                        Map.of(
                                "before",
                                new Marking("before, stamped", ends),
                                "absent",
                                new Marking("absent, stamped", ends))))
                .build());
        RawClient client = opened.open(RawClient.connect(proxy.address("http")));

        client.send("GET /plain HTTP/1.1\r\nHost: web\r\n\r\n").response();
        client.send("GET /unknown HTTP/1.1\r\nHost: web\r\n\r\n").response();

        assertThat(origin.requests().get(0).header("x-mark"))
                .isEqualTo("before, plain; behind, listener; absent, stamped; last");
        assertThat(origin.requests().get(1).header("x-mark"))
                .isEqualTo("before, listener; behind, listener; absent, stamped; last");
        assertThat(ends)
                .as("each that began ended once")
                .containsExactly(
                        "before, plain",
                        "behind, listener",
                        "absent, stamped",
                        "last",
                        "before, listener",
                        "behind, listener",
                        "absent, stamped",
                        "last");
    }

    @Test
    void whatHasBegunForTheOldRouteAloneEndsWhenItIsLeft() throws IOException {
        List<String> ends = new CopyOnWriteArrayList<>();
        RawOrigin origin = opened.open(RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .filter("router", new Routing(false))
                .filter("behind", new Marking("listener", ends))
                .cluster("web", "127.0.0.1:" + origin.port())
                .and()
                .route(new RouteRule(
                        "plain",
                        match("/plain"),
                        Setup.forwardTo("web"),
                        HeaderRules.NONE,
                        Map.of("behind", new Marking("plain", ends))))
                .route(rule("/stamped", HeaderRules.NONE))
                .build());

        opened.open(RawClient.connect(proxy.address("http")))
                .send("GET /plain HTTP/1.1\r\nHost: web\r\n\r\n")
                .response();

        assertThat(ends).containsExactly("plain", "listener");
        assertThat(origin.requests().getFirst().header("x-mark")).isEqualTo("listener");
    }

    private static RouteRule rule(String path, HeaderRules headers) {
        return new RouteRule(path, match(path), Setup.forwardTo("web"), headers);
    }

    private static RouteMatch match(String path) {
        return new RouteMatch(new PathMatch.Exact(path, true), List.of(), List.of(), false);
    }

    /** Leads everything to one route, at once or after a wait. */
    private record Routing(boolean waits) implements FilterPolicy {
        @Override
        public Filter filter() {
            return new Filter() {
                @Override
                public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
                    if (!waits) {
                        toStamped(exchange);
                        return Next.CONTINUE;
                    }
                    exchange.loop().execute(() -> {
                        toStamped(exchange);
                        exchange.proceed();
                    });
                    return Next.WAIT;
                }
            };
        }

        private static void toStamped(RequestExchange exchange) {
            exchange.request().path("/stamped");
            exchange.reroute();
        }
    }

    /** Says that it saw the request, and when it was over. */
    private record Marking(String mark, List<String> ends) implements FilterPolicy {
        @Override
        public Filter filter() {
            return new Filter() {
                @Override
                public Filter forRequest(RequestExchange exchange) {
                    return new Mark(mark, ends);
                }
            };
        }
    }

    private record Mark(String mark, List<String> ends) implements Filter {
        private static final HeaderName FIELD = HeaderName.of("x-mark");

        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            String marks = head.headers().get(FIELD);
            head.headers().set(FIELD, marks == null ? mark : marks + "; " + mark);
            return Next.CONTINUE;
        }

        @Override
        public void end(RequestExchange exchange) {
            ends.add(mark);
        }
    }

    private static final class ToStamped implements Filter {
        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            head.path("/stamped");
            exchange.reroute();
            return Next.CONTINUE;
        }
    }
}
