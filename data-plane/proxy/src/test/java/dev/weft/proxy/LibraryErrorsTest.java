package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.filter.buffer.BufferPolicy;
import dev.weft.proxy.filter.ratelimit.Limit;
import dev.weft.proxy.listener.ListenerException;
import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.testing.Opened;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What somebody who writes a proxy by hand is told of a mistake. */
class LibraryErrorsTest {
    @RegisterExtension
    private final Opened opened = new Opened();

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', textBlock = """
            127.0.0.1,        `address: "127.0.0.1" (expected: host:port)`
            127.0.0.1:http,   `address: "127.0.0.1:http" (expected: a decimal port)`
            [::1:80,          `address: "[::1:80" (expected: IPv6 in brackets)`
            [::1]:99999,      `address: port 99999 (expected: 0..65535)`
            a b:80,           `address: "a b" (expected: an IP or a host name)`
            http://web:80,    `endpoint: "http://web:80" (expected: host:port, without a scheme or a path)`
            """)
    void anEndpointThatIsNoneIsRefused(String endpoint, String message) {
        Setup setup = Setup.listen("127.0.0.1", 0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> setup.cluster("web", endpoint))
                .withMessage(message);
    }

    @Test
    void aRouteToAClusterThatIsNotThereIsRefused() {
        Setup setup =
                Setup.listen("127.0.0.1", 0).cluster("web", "127.0.0.1:80").and();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> setup.route("/", "wbe").build())
                .withMessage("cluster: \"wbe\" (expected: one of [web])");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Setup.listen("127.0.0.1", 0)
                        .passThrough(ChainMatch.ANY, "db")
                        .to("127.0.0.1:80"))
                .withMessage("cluster: \"db\" (expected: one of [origin])");
    }

    @Test
    void aPrefixThatNoPathHasIsRefused() {
        Setup setup = Setup.listen("127.0.0.1", 0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> setup.route("api", "web"))
                .withMessage("path prefix: \"api\" (expected: one that begins with /)");
    }

    @Test
    void twoFiltersOfOneNameAreRefused() {
        Setup setup =
                Setup.listen("127.0.0.1", 0).filter("body", new BufferPolicy(1)).filter("body", new BufferPolicy(2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> setup.to("127.0.0.1:80"))
                .withMessage("filter body: twice (expected: once)");
    }

    @Test
    void aListenerOnANameThatIsNoneOfThisHostSaysSo() {
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        assertThatThrownBy(() -> proxy.apply(Setup.listen("none.invalid", 80).to("127.0.0.1:80")))
                .isInstanceOf(ListenerException.class)
                .hasMessage("listener http: none.invalid:80: no address of that name"
                        + " (expected: an address of this host)");
    }

    @Test
    void aProxyThatIsClosedTakesNoConfiguration() {
        Proxy proxy = Proxy.builder().loops(1).build();
        proxy.close();
        assertThatThrownBy(() -> proxy.apply(Setup.listen("127.0.0.1", 0).to("127.0.0.1:80")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the proxy is closed");
    }

    @Test
    void aBucketThatWouldNeverBeFullIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Limit(200_000, 1, Duration.ofDays(1)))
                .withMessage("max_tokens: 200000 (expected: at most 36499, which take a century to come)");
    }
}
