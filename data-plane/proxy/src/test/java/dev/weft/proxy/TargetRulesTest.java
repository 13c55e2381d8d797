package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.PathMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.TargetRules;
import dev.weft.proxy.model.TargetRules.EscapedSlashes;
import dev.weft.proxy.model.TargetRules.HostPort;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Host and path are made unambiguous before a request is routed, and so they are sent on. */
class TargetRulesTest {
    private static final TargetRules SAFE = new TargetRules(true, true, EscapedSlashes.UNESCAPE, HostPort.KEEP, false);

    @RegisterExtension
    private final Opened opened = new Opened();

    private RawOrigin origin;
    private Proxy proxy;

    @BeforeEach
    void start() throws IOException {
        origin = opened.open(RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        proxy = opened.open(Proxy.builder().loops(1).build());
    }

    @Test
    void whatIsForbiddenIsForbiddenHoweverItIsWritten() throws IOException {
        serve(SAFE);

        for (String path : List.of(
                "/admin/x",
                "/public/../admin/",
                "//admin/x",
                "/%61dmin/x",
                "/public/%2e%2e/admin/x",
                "/public%2f..%2fadmin/x",
                "/public\\..\\admin\\x",
                "/public/..;v=1/admin/x",
                "/public%5C..%5cadmin/x")) {
            assertThat(get("web", path).status()).as(path).isEqualTo(403);
        }
        assertThat(origin.requests()).isEmpty();
    }

    @Test
    void whatIsRoutedOnIsWhatIsSentOn() throws IOException {
        serve(SAFE);

        assertThat(get("web", "/a/./b//c%2Fd?e=//f%2F..").status()).isEqualTo(200);

        assertThat(origin.requests().getFirst().startLine()).isEqualTo("GET /a/b/c/d?e=//f%2F.. HTTP/1.1");
    }

    @Test
    void nothingIsChangedUnasked() throws IOException {
        serve(TargetRules.NONE);

        get("web.:81", "/a/../b//c%2Fd");

        assertThat(origin.requests().getFirst().startLine()).isEqualTo("GET /a/../b//c%2Fd HTTP/1.1");
        assertThat(origin.requests().getFirst().header("host")).isEqualTo("web.:81");
    }

    @Test
    void aHostOfADotAloneIsNotMadeEmpty() throws IOException {
        serve(new TargetRules(false, false, EscapedSlashes.KEEP, HostPort.KEEP, true));

        get(".", "/");
        get("web.:81", "/");

        assertThat(origin.requests())
                .extracting(request -> request.header("host"))
                .containsExactly(".", "web:81");
    }

    @Test
    void anEscapedSlashCanBeRefused() throws IOException {
        serve(Records.with(SAFE, "escapedSlashes", EscapedSlashes.REFUSE));

        assertThat(get("web", "/a%2fb").status()).isEqualTo(400);
        assertThat(get("web", "/a%5Cb").status()).isEqualTo(400);
        assertThat(get("web", "/a?b=%2f").status()).isEqualTo(200);
    }

    @Test
    void anEscapedSlashCanBeRedirected() throws IOException {
        serve(Records.with(SAFE, "escapedSlashes", EscapedSlashes.REDIRECT));

        RawMessage answer = get("web", "/a%2F..%2fb?c=%2f");

        assertThat(answer.status()).isEqualTo(307);
        assertThat(answer.header("location")).isEqualTo("/b?c=%2f");
        assertThat(origin.requests()).isEmpty();
    }

    @Test
    void aRedirectNeverLeadsToAnotherHost() throws IOException {
        serve(new TargetRules(false, false, EscapedSlashes.REDIRECT, HostPort.KEEP, false));

        assertThat(get("web", "/%2Fevil.example/").header("location")).isEqualTo("/.//evil.example/");
    }

    @Test
    void aGrpcCallIsRefusedWhereAnotherRequestIsRedirected() throws IOException {
        serve(Records.with(SAFE, "escapedSlashes", EscapedSlashes.REDIRECT));

        RawMessage answer = client().send("POST /a%2Fb HTTP/1.1\r\nHost: web\r\nContent-Type: application/grpc\r\n"
                        + "Content-Length: 0\r\n\r\n")
                .response();

        assertThat(answer.header("grpc-status")).isEqualTo("13");
    }

    @Test
    void anEscapedNulIsRefused() throws IOException {
        serve(SAFE);

        assertThat(get("web", "/a%00b").status()).isEqualTo(400);
    }

    @Test
    void portsAndTheLastDotOfAHostAreLeftOut() throws IOException {
        int own = serve(new TargetRules(false, false, EscapedSlashes.KEEP, HostPort.STRIP_OWN, true));

        assertThat(hostSentFor("web.:" + own)).isEqualTo("web");
        assertThat(hostSentFor("web.:1")).isEqualTo("web:1");
        assertThat(hostSentFor("[::1]:" + own)).isEqualTo("[::1]");

        serve(new TargetRules(false, false, EscapedSlashes.KEEP, HostPort.STRIP, false));

        assertThat(hostSentFor("web.:1")).isEqualTo("web.");
        assertThat(hostSentFor("[::1]")).isEqualTo("[::1]");
    }

    private @Nullable String hostSentFor(String host) throws IOException {
        get(host, "/");
        return origin.requests().getLast().header("host");
    }

    private int serve(TargetRules rules) {
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder().target(rules).build())
                .cluster("web", "127.0.0.1:" + origin.port())
                .and()
                .route(new RouteRule(
                        "admin",
                        new RouteMatch(new PathMatch.Prefix("/admin/", true), List.of(), List.of(), false),
                        new RouteAction.Respond(403, "", ""),
                        HeaderRules.NONE))
                .route("/", "web")
                .build());
        return proxy.address("http").getPort();
    }

    private RawMessage get(String host, String path) throws IOException {
        return client().send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                .response();
    }

    private RawClient client() throws IOException {
        return opened.open(RawClient.connect(proxy.address("http")));
    }
}
