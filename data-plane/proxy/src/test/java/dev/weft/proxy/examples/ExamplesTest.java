package dev.weft.proxy.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.balance.BalancingPolicy;
import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.Next;
import dev.weft.proxy.filter.RequestExchange;
import dev.weft.proxy.filter.buffer.BufferPolicy;
import dev.weft.proxy.filter.coding.ContentCoding;
import dev.weft.proxy.filter.compress.CompressPolicy;
import dev.weft.proxy.filter.ratelimit.Limit;
import dev.weft.proxy.filter.ratelimit.RateLimitPolicy;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.Balancing;
import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.TestAuthority;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the library is for, each in at most fifteen lines; docs/library.md shows them. */
class ExamplesTest {
    @RegisterExtension
    private final Opened opened = new Opened();

    // example: everything to one origin
    static Proxy oneOrigin(String origin) {
        Proxy proxy = Proxy.builder().build();
        proxy.apply(Setup.listen("127.0.0.1", 0).to(origin));
        return proxy;
    }

    // example: a balancer over three endpoints with health checks
    static Proxy balancer(String a, String b, String c) {
        Proxy proxy = Proxy.builder().build();
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("web", a, b, c)
                .balancing(new Balancing.LeastRequest(2))
                .healthCheck("/health", Duration.ofMillis(100))
                .and()
                .route("/", "web")
                .build());
        return proxy;
    }

    // example: limits of one's own
    static Proxy strict(String origin) {
        Proxy proxy = Proxy.builder().build();
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder()
                        .maxHeaders(20)
                        .requestTimeout(Duration.ofSeconds(10))
                        .build())
                .cluster("web", origin)
                .with(web -> web.connectTimeout(Duration.ofMillis(500)).idleTimeout(Duration.ofMinutes(1)))
                .and()
                .route("/", "web")
                .build());
        return proxy;
    }

    // example: a filter that rewrites a body
    static final class Louder implements Filter {
        @Override
        public Next responseHead(RequestExchange exchange, ResponseHead head, boolean end) {
            head.headers().remove(HeaderName.CONTENT_LENGTH); // "ß" grows
            return Next.CONTINUE;
        }

        @Override
        public ByteBuf responseBody(RequestExchange exchange, ByteBuf data, boolean end) {
            String text = data.toString(StandardCharsets.ISO_8859_1);
            data.release();
            return ByteBufUtil.writeUtf8(
                    exchange.connection().channel().alloc(), text.toUpperCase(java.util.Locale.ROOT));
        }
    }

    // example: an authenticating gateway
    record Gate(String token) implements Filter {
        private static final HeaderName AUTHORIZATION = HeaderName.of("authorization");

        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            if (("Bearer " + token).equals(head.headers().get(AUTHORIZATION))) {
                head.headers().remove(AUTHORIZATION);
                return Next.CONTINUE;
            }
            exchange.respond(401, "text/plain", Unpooled.copiedBuffer("who are you?\n", StandardCharsets.US_ASCII));
            return Next.STOP;
        }
    }

    // example: a gateway that asks another service
    record Asking(ClusterName judge) implements Filter {
        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            RequestHead question =
                    new RequestHead().scheme("http").authority("judge").path("/may");
            question.headers().addAll(head.headers());
            return exchange.ask(judge, question, Unpooled.EMPTY_BUFFER, Duration.ofSeconds(1), answer -> {
                if (answer.status() == 200) {
                    exchange.proceed();
                } else {
                    exchange.respond(403, "text/plain", Unpooled.EMPTY_BUFFER);
                }
            });
        }
    }

    // example: a balancing policy of one's own
    static final BalancingPolicy FIRST_THEN_OTHERS = (candidates, random) -> context -> {
        for (int i = 0; i < candidates.size(); i++) {
            if (!context.hasTried(candidates.endpoint(i))) {
                return candidates.endpoint(i);
            }
        }
        return candidates.endpoint(0);
    };

    // example: an edge with policies that are there already
    static Proxy edge(String origin) {
        Proxy proxy = Proxy.builder().build();
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .filter("limit", RateLimitPolicy.of(new Limit(100, 10, Duration.ofSeconds(1))))
                .filter("body", new BufferPolicy(1024 * 1024))
                .filter("compress", CompressPolicy.of(ContentCoding.ZSTD, ContentCoding.BROTLI, ContentCoding.GZIP))
                .to(origin));
        return proxy;
    }

    // example: one port for many
    static Proxy sharedPort(ServerTls tls, String vault, String web) {
        Proxy proxy = Proxy.builder().build();
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("vault", vault)
                .and()
                .passThrough(ChainMatch.serverNames("vault.example"), "vault")
                .tls(tls)
                .to(web));
        return proxy;
    }

    @Test
    void everythingGoesToOneOrigin() throws IOException {
        Proxy proxy = opened.open(oneOrigin(at(origin("one"))));

        assertThat(get(proxy).body()).isEqualTo("one");
    }

    @Test
    void aBalancerUsesHealthyEndpointsOnly() throws IOException {
        RawOrigin sick = opened.open(RawOrigin.answering("HTTP/1.1 500 Sick\r\nContent-Length: 4\r\n\r\nsick"));
        Proxy proxy = opened.open(balancer(at(origin("a")), at(sick), at(origin("b"))));
        Awaitility.await().until(() -> proxy.clusters().get(0).healthy() == 2);

        for (int i = 0; i < 20; i++) {
            assertThat(get(proxy).status()).isEqualTo(200);
        }
    }

    @Test
    void limitsAreOnesOwn() throws IOException {
        Proxy proxy = opened.open(strict(at(origin("few"))));
        ClusterConfig web = Objects.requireNonNull(proxy.config().clusters().get(new ClusterName("web")));

        assertThat(get(proxy, "X: 1\r\n".repeat(10)).body()).isEqualTo("few");
        assertThat(get(proxy, "X: 1\r\n".repeat(20)).status()).isEqualTo(431);
        assertThat(web.connectTimeout()).isEqualTo(Duration.ofMillis(500));
        assertThat(web.panicThreshold()).as("not said").isEqualTo(50);
    }

    @Test
    void aFilterRewritesABody() throws IOException {
        Proxy proxy = opened.open(Proxy.builder().filter(new Louder()).build());
        proxy.apply(Setup.listen("127.0.0.1", 0).to(at(origin("stra\u00dfe"))));

        assertThat(get(proxy).body()).isEqualTo("STRASSE");
    }

    @Test
    void aGatewayLetsOnlyThoseInWhoAreKnown() throws IOException {
        Proxy proxy = opened.open(Proxy.builder().filter(new Gate("secret")).build());
        RawOrigin origin = origin("in");
        proxy.apply(Setup.listen("127.0.0.1", 0).to(at(origin)));

        assertThat(get(proxy).status()).isEqualTo(401);
        assertThat(get(proxy, "Authorization: Bearer secret\r\n").body()).isEqualTo("in");
        assertThat(origin.requests()).hasSize(1);
        assertThat(origin.requests().get(0).header("authorization")).isNull();
    }

    @Test
    void aGatewayAsksAnotherServiceWhoMayComeIn() throws IOException {
        RawOrigin judge = opened.open(RawOrigin.following(wire -> {
            while (wire.request().header("x-token") != null) {
                wire.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
            wire.send("HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n");
        }));
        Proxy proxy = opened.open(
                Proxy.builder().filter(new Asking(new ClusterName("judge"))).build());
        proxy.apply(
                Setup.listen("127.0.0.1", 0).cluster("judge", at(judge)).and().to(at(origin("in"))));

        assertThat(get(proxy, "X-Token: t\r\n").body()).isEqualTo("in");
        assertThat(get(proxy).status()).isEqualTo(403);
    }

    @Test
    void aPolicyOfOnesOwnDecidesWhereRequestsGo() throws IOException {
        Proxy proxy = opened.open(Proxy.builder().build());
        RawOrigin first = origin("first");
        RawOrigin second = origin("second");
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("web", at(first), at(second))
                .balancing(new Balancing.Custom(FIRST_THEN_OTHERS))
                .and()
                .route("/", "web")
                .build());

        assertThat(get(proxy).body()).isEqualTo("first");
        first.close();
        assertThat(get(proxy).body()).isEqualTo("second");
    }

    @Test
    void anEdgeLimitsCapsAndCompresses() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 50\r\n\r\n" + "12345".repeat(10)));
        Proxy proxy = opened.open(edge(at(origin)));

        assertThat(get(proxy, "Accept-Encoding: gzip, br\r\n").header("content-encoding"))
                .isEqualTo("br");
        assertThat(get(proxy, "Content-Length: 1048577\r\n").status()).isEqualTo(413);
        assertThat(IntStream.range(0, 300).mapToObj(i -> status(proxy))).contains(200, 429);
    }

    private static int status(Proxy proxy) {
        try {
            return get(proxy).status();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RawMessage get(Proxy proxy) throws IOException {
        return get(proxy, "");
    }

    private static RawMessage get(Proxy proxy, String header) throws IOException {
        try (RawClient client = RawClient.connect(proxy.address("http"))) {
            return client.send("GET / HTTP/1.1\r\nHost: web\r\n" + header + "\r\n")
                    .response();
        }
    }

    private RawOrigin origin(String body) throws IOException {
        return opened.open(
                RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body));
    }

    private static String at(RawOrigin origin) {
        return "127.0.0.1:" + origin.port();
    }

    @Test
    void oneNameIsCarriedAsItIsAndTheOthersAreServed() throws Exception {
        TestAuthority authority = new TestAuthority("ours");
        RawOrigin vault = opened.open(RawOrigin.over(
                TestAuthority.listen(authority.issue("vault.example", "spiffe://mesh/vault"), authority.counting()),
                wire -> wire.send("sealed")));
        RawOrigin web = opened.open(RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nweb"));
        ServerTls tls = new ServerTls(
                List.of(TestAuthority.pem(authority.issue("web.example", "spiffe://mesh/web"))),
                List.of("http/1.1"),
                Optional.empty());
        Proxy proxy = opened.open(sharedPort(tls, "127.0.0.1:" + vault.port(), "127.0.0.1:" + web.port()));

        assertThat(secure(proxy, authority, "vault.example").receive(6)).isEqualTo("sealed");
        assertThat(secure(proxy, authority, "web.example")
                        .send("GET / HTTP/1.1\r\nHost: web\r\n\r\n")
                        .response()
                        .body())
                .isEqualTo("web");
    }

    private RawClient secure(Proxy proxy, TestAuthority authority, String name) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {authority.counting()}, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket("127.0.0.1", proxy.address("http").getPort());
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        socket.setSSLParameters(parameters);
        return opened.open(RawClient.over(socket));
    }
}
