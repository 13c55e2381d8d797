package dev.weft.proxy.filter.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteAction.Mirror;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.Share;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MirrorTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @RegisterExtension
    private final Opened opened = new Opened();

    private static RouteAction.Forward.Builder mirroring(Mirror mirror) {
        return Setup.forwardTo("web").toBuilder().mirrors(List.of(mirror));
    }

    private RawClient client(RawOrigin origin, RawOrigin shadow, Mirror mirror) throws IOException {
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("web", "127.0.0.1:" + origin.port())
                .and()
                .cluster("shadow", "127.0.0.1:" + shadow.port())
                .and()
                .route(new RouteRule("r", RouteMatch.ANY, mirroring(mirror).build(), HeaderRules.NONE))
                .build());
        return opened.open(RawClient.connect(proxy.address("http")));
    }

    private static Mirror to(String cluster, Share share) {
        return new Mirror(new ClusterName(cluster), share, true);
    }

    @Test
    void aCopyHasHeadBodyAndTrailersOfItsRequestAndIsMarked() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        RawOrigin shadow = opened.open(RawOrigin.answering("HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\nbad"));
        RawClient client = client(origin, shadow, to("shadow", Share.ALL));

        RawMessage answer = client.send("POST /a?b HTTP/1.1\r\nHost: web:80\r\nX-Mine: 1\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nx-sum: 4\r\n\r\n")
                .response();

        assertThat(answer.body()).isEqualTo("ok");
        Awaitility.await().until(() -> shadow.requests().size() == 1);
        RawMessage copy = shadow.requests().getFirst();
        assertThat(copy.startLine()).isEqualTo("POST /a?b HTTP/1.1");
        assertThat(copy.header("host")).isEqualTo("web-shadow:80");
        assertThat(copy.header("x-mine")).isEqualTo("1");
        assertThat(copy.header("x-request-id"))
                .isEqualTo(origin.requests().getFirst().header("x-request-id"));
        assertThat(copy.body()).isEqualTo("body");
        assertThat(copy.trailers()).isEqualTo("x-sum: 4\r\n");
    }

    @Test
    void aCopyHasTheHostThatItsRequestIsGivenByAHeader() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        RawOrigin shadow = opened.open(RawOrigin.answering(OK));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        Setup setup = Setup.listen("127.0.0.1", 0)
                .cluster("web", "127.0.0.1:" + origin.port())
                .and()
                .cluster("shadow", "127.0.0.1:" + shadow.port())
                .and();
        for (String path : List.of("/first", "/second")) {
            RouteAction.Rewrite rewrite = new RouteAction.Rewrite(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(new RouteAction.HostRewrite.OfHeader("x-host-of-" + path.substring(1))),
                    false);
            setup.route(new RouteRule(
                    path,
                    new RouteMatch(new RouteMatch.PathMatch.Exact(path, true), List.of(), List.of(), false),
                    mirroring(to("shadow", Share.ALL)).rewrite(rewrite).build(),
                    HeaderRules.NONE));
        }
        proxy.apply(setup.build());

        opened.open(RawClient.connect(proxy.address("http")))
                .send("GET /second HTTP/1.1\r\nHost: web\r\nX-Host-Of-First: a\r\nX-Host-Of-Second: b\r\n\r\n")
                .response();

        Awaitility.await().until(() -> shadow.requests().size() == 1);
        assertThat(origin.requests().getFirst().header("host")).isEqualTo("b");
        assertThat(shadow.requests().getFirst().header("host")).isEqualTo("b-shadow");
    }

    @Test
    void theCopyOfARequestForAnAddressIsForAHostToo() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        RawOrigin shadow = opened.open(RawOrigin.answering(OK));

        client(origin, shadow, to("shadow", Share.ALL))
                .send("GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n")
                .response();

        Awaitility.await().until(() -> shadow.requests().size() == 1);
        assertThat(shadow.requests().getFirst().header("host")).isEqualTo("[2001:db8::1]:80");
    }

    @Test
    void connectionsOfCopiesAreUsedAgain() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        RawOrigin shadow = opened.open(RawOrigin.answering(OK));
        RawClient client = client(origin, shadow, to("shadow", Share.ALL));

        for (int i = 1; i <= 10; i++) {
            int sent = i;
            client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").response();
            Awaitility.await().until(() -> shadow.requests().size() == sent);
        }

        assertThat(shadow.connections()).isLessThanOrEqualTo(2);
    }

    @Test
    void aShareOfTheRequestsIsCopied() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        RawOrigin shadow = opened.open(RawOrigin.answering(OK));
        RawClient client = client(origin, shadow, to("shadow", Share.of(20, 100)));

        for (int i = 0; i < 200; i++) {
            client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").response();
        }

        Awaitility.await().until(() -> shadow.requests().size() >= 15);
        assertThat(shadow.requests().size()).isBetween(15, 70); // 40 expected, sigma 6
    }

    @Test
    void nobodyWaitsForAReceiverThatIsGoneOrSilent() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        RawOrigin silent = opened.open(RawOrigin.following(wire -> wire.receiveToEnd()));
        RawOrigin gone = RawOrigin.answering(OK);
        RawClient toSilent = client(origin, silent, to("shadow", Share.ALL));
        RawClient toGone = client(origin, gone, to("shadow", Share.ALL));
        gone.close();
        String body = "x".repeat(1024 * 1024);

        for (RawClient client : List.of(toSilent, toGone)) {
            assertThat(client.send("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                    + body)
                            .response()
                            .body())
                    .isEqualTo("ok");
        }
    }
}
