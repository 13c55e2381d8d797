package dev.weft.proxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.http.RequestHead;
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

    private static RouteRule rule(String path, HeaderRules headers) {
        return new RouteRule(
                path,
                new RouteMatch(new PathMatch.Exact(path, true), List.of(), List.of(), false),
                Setup.forwardTo("web"),
                headers);
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
