package dev.weft.proxy.filter.cors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.RouteMatch.ValueMatch;
import dev.weft.proxy.testing.FilteredProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawMessage;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CorsTest {
    private static final String PREFLIGHT =
            "OPTIONS /a HTTP/1.1\r\nHost: web\r\nOrigin: %s\r\nAccess-Control-Request-Method: PUT\r\n\r\n";
    private static final CorsPolicy POLICY = new CorsPolicy(
            List.of(new ValueMatch.Suffix(".example.com", false)),
            "GET, PUT",
            "x-mine",
            "x-their",
            "600",
            true,
            false,
            true);

    @RegisterExtension
    private final Opened opened = new Opened();

    private FilteredProxy proxy(CorsPolicy policy) throws IOException {
        return FilteredProxy.with(
                opened,
                policy,
                "HTTP/1.1 200 OK\r\nVary: accept\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 2\r\n\r\nok");
    }

    @Test
    void aPreflightOfAnAllowedOriginIsAnsweredWithoutTheUpstream() throws IOException {
        FilteredProxy proxy = proxy(POLICY);

        RawMessage answer = proxy.ask(PREFLIGHT.formatted("https://a.example.com"));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://a.example.com");
        assertThat(answer.header("access-control-allow-methods")).isEqualTo("GET, PUT");
        assertThat(answer.header("access-control-allow-headers")).isEqualTo("x-mine");
        assertThat(answer.header("access-control-allow-credentials")).isEqualTo("true");
        assertThat(answer.header("access-control-max-age")).isEqualTo("600");
        assertThat(answer.header("vary")).isEqualTo("origin");
        assertThat(proxy.origin().requests()).isEmpty();
    }

    @Test
    void aPreflightOfAnotherOriginIsTheUpstreamsToAnswer() throws IOException {
        FilteredProxy proxy = proxy(POLICY);

        assertThat(proxy.ask(PREFLIGHT.formatted("https://evil.test")).body()).isEqualTo("ok");
        assertThat(proxy.origin().requests()).hasSize(1);
    }

    @Test
    void aPreflightOfAnotherOriginGetsNoLeaveWhereItIsNotForwarded() throws IOException {
        FilteredProxy proxy = proxy(new CorsPolicy(POLICY.origins(), "GET", "", "", "", false, false, false));

        RawMessage answer = proxy.ask(PREFLIGHT.formatted("https://evil.test"));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("access-control-allow-origin")).isNull();
        assertThat(proxy.origin().requests()).isEmpty();
    }

    @Test
    void aResponseToAnAllowedOriginIsMarkedAndSaysThatItVaries() throws IOException {
        RawMessage answer = proxy(POLICY).get("Origin: https://a.example.com\r\n");

        assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://a.example.com");
        assertThat(answer.count("access-control-allow-origin")).isEqualTo(1);
        assertThat(answer.header("access-control-expose-headers")).isEqualTo("x-their");
        assertThat(answer.header("vary")).isEqualTo("accept, origin");
    }

    @Test
    void anErrorOfTheProxyCanBeReadByThePage() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, POLICY, wire -> wire.request());

        RawMessage answer = proxy.get("Origin: https://a.example.com\r\n");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://a.example.com");
    }

    @Test
    void anOptionsRequestThatIsNoPreflightIsForwarded() throws IOException {
        FilteredProxy proxy = proxy(POLICY);

        assertThat(proxy.ask("OPTIONS / HTTP/1.1\r\nHost: web\r\nOrigin: https://a.example.com\r\n\r\n")
                        .body())
                .isEqualTo("ok");
    }
}
