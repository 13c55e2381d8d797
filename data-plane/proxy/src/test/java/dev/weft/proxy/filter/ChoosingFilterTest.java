package dev.weft.proxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.balance.Address;
import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a filter may decide of one request: its endpoint, its time, and what other filters find at it. */
class ChoosingFilterTest {
    private static final HeaderName FOUND = HeaderName.of("x-found");

    @RegisterExtension
    private final Opened opened = new Opened();

    private Proxy proxy(Filter... filters) {
        Proxy.Builder builder = Proxy.builder().loops(1);
        for (Filter filter : filters) {
            builder.filter(filter);
        }
        return opened.open(builder.build());
    }

    private RawOrigin origin(String body) throws IOException {
        return opened.open(
                RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body));
    }

    private static String at(RawOrigin origin) {
        return "127.0.0.1:" + origin.port();
    }

    private RawMessage get(Proxy proxy) throws IOException {
        return opened.open(RawClient.connect(proxy.address("http")))
                .send("GET / HTTP/1.1\r\nHost: web\r\n\r\n")
                .response();
    }

    private static Filter preferring(String endpoint) {
        return new Filter() {
            @Override
            public void chooseUpstream(RequestExchange exchange) {
                exchange.prefer(Address.parse(endpoint));
            }
        };
    }

    private Proxy preferringSecond(RawOrigin first, RawOrigin second) {
        Proxy proxy = proxy(preferring(at(second)));
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("web", at(first), at(second))
                .and()
                .route("/", "web")
                .build());
        return proxy;
    }

    @Test
    void anEndpointIsTriedFirst() throws IOException {
        Proxy proxy = preferringSecond(origin("one"), origin("two"));

        for (int i = 0; i < 5; i++) {
            assertThat(get(proxy).body()).isEqualTo("two");
        }
    }

    @Test
    void theOthersAreTriedAfterIt() throws IOException {
        RawOrigin dead = origin("two");
        dead.close();

        assertThat(get(preferringSecond(origin("one"), dead)).body()).isEqualTo("one");
    }

    @Test
    void anEndpointThatIsNoneOfTheClusterIsNotTried() throws IOException {
        RawOrigin one = origin("one");
        RawOrigin stranger = origin("stranger");
        Proxy proxy = proxy(preferring(at(stranger)));
        proxy.apply(Setup.listen("127.0.0.1", 0).to(at(one)));

        assertThat(get(proxy).body()).isEqualTo("one");
        assertThat(stranger.requests()).isEmpty();
    }

    @Test
    void aRequestHasTheTimeThatAFilterGivesIt() throws IOException {
        RawOrigin slow = opened.open(RawOrigin.following(wire -> {
            wire.request();
            wire.request(); // never comes
        }));
        Proxy proxy = proxy(new Filter() {
            @Override
            public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
                exchange.timeout(Duration.ofMillis(100));
                return Next.CONTINUE;
            }
        });
        proxy.apply(Setup.listen("127.0.0.1", 0).to(at(slow)));

        assertThat(get(proxy).status()).isEqualTo(504);
    }

    @Test
    void filtersFindWhatOthersHaveLeftAtTheSameRequest() throws IOException {
        RequestKey<Integer> key = RequestKey.named("number", Integer.class);
        RequestKey<Integer> other = RequestKey.named("number", Integer.class);
        Filter leaving = new Filter() {
            @Override
            public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
                assertThat(exchange.get(key)).isNull();
                exchange.put(key, 7);
                return Next.CONTINUE;
            }
        };
        Filter finding = new Filter() {
            @Override
            public Next responseHead(RequestExchange exchange, ResponseHead head, boolean end) {
                head.headers().add(FOUND, exchange.get(key) + " " + exchange.get(other));
                return Next.CONTINUE;
            }
        };
        Proxy proxy = proxy(leaving, finding);
        proxy.apply(Setup.listen("127.0.0.1", 0).to(at(origin("one"))));

        assertThat(get(proxy).header("x-found")).isEqualTo("7 null");
        assertThat(get(proxy).header("x-found")).isEqualTo("7 null");
    }
}
