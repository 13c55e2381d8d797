package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.balance.BalancingPolicy;
import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.RequestExchange;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.Balancing;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What throws outside of a filter costs one request too, and takes no connection with it. */
class UnexpectedFailureTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String GOOD = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";
    private static final String BAD = "GET /bad HTTP/1.1\r\nHost: web\r\n\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    @ParameterizedTest
    @EnumSource(names = {"HTTP1", "HTTP2"})
    void aHeadThatCannotBeWrittenIsNotSent(UpstreamProtocol protocol) throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        Proxy last = opened.open(Proxy.builder().loops(1).build());
        last.apply(Setup.listen("127.0.0.1", 0).to("127.0.0.1:" + origin.port()));
        Proxy proxy = opened.open(Proxy.builder()
                .loops(1)
                .filter(new Filter() {
                    @Override
                    public void beforeAttempt(RequestExchange exchange, RequestHead head) {
                        if (head.path().equals("/bad")) {
                            head.authority("a b\r\nX-Evil: 1");
                        }
                    }
                })
                .build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("next", "127.0.0.1:" + last.address("http").getPort())
                .protocol(protocol)
                .and()
                .route("/", "next")
                .build());
        RawClient client = opened.open(RawClient.connect(proxy.address("http")));

        assertThat(client.send(GOOD).response().status()).isEqualTo(200);
        assertThat(client.send(BAD).response().status()).isEqualTo(500);
        assertThat(client.send(GOOD).response().status()).isEqualTo(200);
        assertThat(origin.requests()).hasSize(2);
        assertThat(origin.connections()).isEqualTo(1);
    }

    @Test
    void aBalancingPolicyThatThrowsFailsItsRequestAlone() throws IOException {
        BalancingPolicy broken = (candidates, random) -> context -> {
            throw new AssertionError("broken");
        };
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("web", "127.0.0.1:1")
                .balancing(new Balancing.Custom(broken))
                .and()
                .route("/", "web")
                .build());
        RawClient client = opened.open(RawClient.connect(proxy.address("http")));

        for (int i = 0; i < 3; i++) {
            assertThat(client.send(GOOD).response().status()).isEqualTo(500);
        }
    }
}
