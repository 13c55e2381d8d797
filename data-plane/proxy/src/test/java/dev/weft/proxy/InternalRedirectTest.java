package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.filter.ratelimit.Limit;
import dev.weft.proxy.filter.ratelimit.RateLimitPolicy;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.FilterConfig;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteAction.InternalRedirect;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.PathMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.Share;
import dev.weft.proxy.testing.Answer;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.ObservedProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.Served;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Redirects of an endpoint that a route follows in place of its client. The origin redirects whatever asks for {@code /from…} to what
 * stands in the field {@code to}, with the status in {@code as}; all else it answers with what it was asked.
 */
@ParameterizedClass
@EnumSource(Version.class)
class InternalRedirectTest {
    private static final InternalRedirect ON_302 =
            new InternalRedirect(1, Set.of(302), false, List.of(), Optional.empty(), false, false);

    @RegisterExtension
    private final Opened opened = new Opened();

    @Parameter
    private Version version = Version.HTTP_1;

    private final Queue<String> asked = new ConcurrentLinkedQueue<>();
    private InternalRedirect rules = ON_302;

    @Test
    void aRequestGoesWhereTheRedirectSaysAsIfTheClientHadAsked() throws IOException {
        Answer answer = get("to: http://other/there?q=1#part");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("GET /there?q=1 of other, first http://web/from, by there: ");
        assertThat(asked).containsExactly("/from", "/there?q=1");
    }

    @Test
    void theEmptyPathOfAUrlIsTheRoot() throws IOException {
        assertThat(get("to: http://other:8080").body()).startsWith("GET / of other:8080,");
        assertThat(get("to: http://other?q").body()).startsWith("GET /?q of other,");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/there",
                "there",
                "//other/there",
                "",
                "ftp://other/there",
                "http://",
                "http:///there",
                "http://us:er@other/there",
                "http://o ther/there",
                "http://other/th ere",
                "http://other/thére",
                "http://other:port:8/there",
                "http://nowhere/unrouted"
            })
    void whatIsNoUrlOrHasNoRouteIsForTheClient(String location) throws IOException {
        Answer answer = get("to: " + location);

        assertThat(answer.status()).isEqualTo(302);
        assertThat(answer.field("location")).isEqualTo(location);
        assertThat(asked).containsExactly("/from");
    }

    @Test
    void aRedirectWithoutALocationIsForTheClient() throws IOException {
        assertThat(get("to: none").status()).isEqualTo(302);
    }

    @Test
    void onlyStatusesThatAreNamedAreFollowed() throws IOException {
        assertThat(get("to: http://other/there", "as: 301").status()).isEqualTo(301);
        rules = Records.with(ON_302, "statuses", Set.of(301, 308));
        assertThat(get("to: http://other/there", "as: 301").status()).isEqualTo(200);
        assertThat(get("to: http://other/there", "as: 308").status()).isEqualTo(200);
        assertThat(get("to: http://other/there", "as: 302").status()).isEqualTo(302);
    }

    @Test
    void asManyAreFollowedAsTheRouteAllowsThatWouldFollowTheNext() throws IOException {
        String thrice = "to: http://other/from/2";

        assertThat(get(thrice).status()).isEqualTo(302);
        assertThat(asked).containsExactly("/from", "/from/2");
        asked.clear();
        rules = Records.with(ON_302, "most", 4);
        assertThat(get(thrice).status()).as("it never ends").isEqualTo(302);
        assertThat(asked).containsExactly("/from", "/from/2", "/from/2", "/from/2", "/from/2");
        asked.clear();
        rules = Records.with(ON_302, "most", 0);
        assertThat(get(thrice).status()).isEqualTo(302);
        assertThat(asked).containsExactly("/from");
    }

    @Test
    void theSchemeStaysAsItWasUnlessTheRouteSaysOtherwise() throws IOException {
        assertThat(get("to: https://other/there").status()).isEqualTo(302);
        rules = Records.with(ON_302, "crossScheme", true);
        assertThat(get("to: https://other/there").status()).isEqualTo(200);
        rules = Records.with(rules, "safeScheme", true);
        assertThat(get("to: https://other/there").status()).as("from http").isEqualTo(302);
        assertThat(get("to: http://other/there").status()).isEqualTo(200);
    }

    @Test
    void onlyRoutesThatAreListedAreLedTo() throws IOException {
        rules = Records.with(ON_302, "allowed", Optional.of(Set.of("from")));
        assertThat(get("to: http://other/there").status()).isEqualTo(302);
        rules = Records.with(ON_302, "allowed", Optional.of(Set.of("from", "there")));
        assertThat(get("to: http://other/there").status()).isEqualTo(200);
    }

    @Test
    void aRouteThatWasLedToBeforeIsNotLedToAgain() throws IOException {
        rules = Records.with(Records.with(ON_302, "most", 9), "unvisited", true);

        assertThat(get("to: http://other/from/2").status()).isEqualTo(302);
        assertThat(asked).containsExactly("/from", "/from/2");
    }

    @Test
    void fieldsOfTheRedirectTakeThePlaceOfTheRequests() throws IOException {
        rules = Records.with(ON_302, "copied", List.of("X-Token", "X-Gone"));
        Answer answer = get("to: http://other/fields", "x-token: old", "x-gone: yes", "x-stays: yes");

        assertThat(answer.body()).isEqualTo("x-token new, x-gone null, x-stays yes, via 1");
    }

    @Test
    void aBodyIsSentAgainWhereAllOfItIsKept() throws IOException {
        rules = Records.with(ON_302, "statuses", Set.of(307));
        String kept = "x".repeat(60_000);
        assertThat(post(kept, "as: 307", "to: http://other/there").body())
                .isEqualTo("POST /there of other, first http://web/from, by there: " + kept);

        Answer tooLong = post("x".repeat(70_000), "as: 307", "to: http://other/there");
        assertThat(tooLong.status()).isEqualTo(307);
    }

    @Test
    void aRequestThatIsNotCompleteIsNotSentElsewhere() throws IOException {
        rules = Records.with(ON_302, "statuses", Set.of(307));
        try (ObservedProxy proxy = proxy(Map.of());
                Call.Client client = Call.client(version, socket(proxy))) {
            Call call = client.call(
                            false, "POST", "/from/early", "content-length: 10", "as: 307", "to: http://other/there")
                    .send("begin", false);

            assertThat(call.head().status()).isEqualTo(307);
        }
    }

    @Test
    void seeOtherIsAskedForWithoutTheBody() throws IOException {
        rules = Records.with(ON_302, "statuses", Set.of(303));

        assertThat(post("body", "as: 303", "to: http://other/there").body())
                .isEqualTo("GET /there of other, first http://web/from, by there: ");
    }

    @Test
    void theFiltersOfTheNewRouteAreMetAgain() throws IOException {
        try (ObservedProxy proxy = proxy(Map.of("limit", FilterConfig.OFF));
                Call.Client client = Call.client(version, socket(proxy))) {
            assertThat(client.call(true, "GET", "/from", "to: http://other/there")
                            .answer()
                            .status())
                    .isEqualTo(200);
            Answer limited =
                    client.call(true, "GET", "/from", "to: http://other/there").answer();
            assertThat(limited.status()).as("the bucket has one token").isEqualTo(429);
        }
    }

    @Test
    void anAnswerOfARouteIsWhereARedirectMayLeadToo() throws IOException {
        Answer answer = get("to: http://other/fixed");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(asked).containsExactly("/from");
    }

    @Test
    void whatWasTakenOfTheFirstClusterIsReturned() throws IOException {
        try (ObservedProxy proxy = proxy(Map.of());
                Call.Client client = Call.client(version, socket(proxy))) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.call(true, "GET", "/from", "to: http://other/there")
                                .answer()
                                .status())
                        .isEqualTo(200);
            }
            proxy.awaitQuiet("web");
            proxy.awaitQuiet("there");
            assertThat(proxy.logged(3)).allMatch(line -> line.contains("\"route\":\"there\""));
        }
    }

    @Test
    void aStatusThatIsNoRedirectIsRefusedByName() {
        assertThatThrownBy(() -> Records.with(ON_302, "statuses", Set.of(200)))
                .hasRootCauseMessage("redirect_response_codes: [200] (expected: 301, 302, 303, 307 or 308)");
    }

    // ---- Fixture ----

    private Answer get(String... fields) throws IOException {
        try (ObservedProxy proxy = proxy(Map.of());
                Call.Client client = Call.client(version, socket(proxy))) {
            return client.call(true, "GET", "/from", fields).answer();
        }
    }

    private Answer post(String body, String... fields) throws IOException {
        try (ObservedProxy proxy = proxy(Map.of());
                Call.Client client = Call.client(version, socket(proxy))) {
            List<String> all = new ArrayList<>(List.of(fields));
            all.add("content-length: " + body.length());
            return client.call(false, "POST", "/from", all.toArray(String[]::new))
                    .send(body, true)
                    .answer();
        }
    }

    private static Socket socket(ObservedProxy proxy) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), proxy.address().getPort());
    }

    /** With routes {@code from}, which follows redirects, {@code there} to another cluster, and {@code fixed}. */
    private ObservedProxy proxy(Map<String, FilterConfig> filtersOfFrom) throws IOException {
        RawOrigin origin = opened.open(
                Served.origin(version, new ServerSocket(0, 100, InetAddress.getLoopbackAddress()), this::serve));
        RouteAction.Forward following = Records.with(Setup.forwardTo("web"), "internalRedirect", Optional.of(rules));
        UpstreamProtocol protocol = version == Version.HTTP_1 ? UpstreamProtocol.HTTP1 : UpstreamProtocol.HTTP2;
        Setup setup = Setup.listen("127.0.0.1", 0)
                .options(Records.with(HttpOptions.DEFAULT, "accessLog", HttpOptions.AccessLog.JSON));
        if (!filtersOfFrom.isEmpty()) {
            setup.filter("limit", limitOfOne());
        }
        String at = "127.0.0.1:" + origin.port();
        return opened.open(new ObservedProxy(setup.cluster("web", at)
                .protocol(protocol)
                .and()
                .cluster("there", at)
                .protocol(protocol)
                .and()
                .route(new RouteRule("from", prefix("/from"), following, HeaderRules.NONE, filtersOfFrom))
                .route(new RouteRule("fixed", prefix("/fixed"), new RouteAction.Respond(204, "", ""), HeaderRules.NONE))
                .route(new RouteRule("there", prefix("/there"), Setup.forwardTo("there"), HeaderRules.NONE))
                .route(new RouteRule("fields", prefix("/fields"), Setup.forwardTo("there"), HeaderRules.NONE))
                .route(new RouteRule(
                        "root",
                        new RouteMatch(new PathMatch.Exact("/", true), List.of(), List.of(), false),
                        Setup.forwardTo("there"),
                        HeaderRules.NONE))
                .build()));
    }

    private static RateLimitPolicy limitOfOne() {
        return new RateLimitPolicy(
                Optional.of(new Limit(1, 1, Duration.ofHours(1))),
                List.of(),
                List.of(),
                1,
                true,
                Share.ALL,
                429,
                false,
                false);
    }

    private static RouteMatch prefix(String prefix) {
        return new RouteMatch(new PathMatch.Prefix(prefix, true), List.of(), List.of(), false);
    }

    private void serve(Served request) throws IOException {
        asked.add(request.path());
        if (request.path().startsWith("/from")) {
            if (!request.path().endsWith("/early")) {
                request.body();
            }
            String status = request.field("as");
            String to = String.valueOf(request.field("to"));
            request.respond(
                    status == null ? 302 : Integer.parseInt(status),
                    true,
                    to.equals("none") ? "x-no: location" : "location: " + to,
                    "x-token: new");
            return;
        }
        String answer = request.path().startsWith("/fields")
                ? "x-token " + request.field("x-token") + ", x-gone " + request.field("x-gone") + ", x-stays "
                        + request.field("x-stays") + ", via "
                        + String.valueOf(request.field("via")).split(",").length
                : request.method() + " " + request.path() + " of "
                        + request.field(version == Version.HTTP_1 ? "host" : ":authority") + ", first "
                        + request.field("x-envoy-original-url") + ", by there: " + request.body();
        request.respond(200, false, "content-length: " + answer.length()).send(answer, true);
    }
}
