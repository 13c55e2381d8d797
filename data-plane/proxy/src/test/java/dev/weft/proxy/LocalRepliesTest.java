package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HeaderRules.Append;
import dev.weft.proxy.model.HeaderRules.HeaderChange;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.model.LocalReplyRules;
import dev.weft.proxy.model.LocalReplyRules.Body;
import dev.weft.proxy.model.LocalReplyRules.Condition;
import dev.weft.proxy.model.LocalReplyRules.Mapper;
import dev.weft.proxy.model.LogFormat;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Answer;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.ObservedProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Answers of the proxy's own in words of whoever runs it, and that those of origins stay. */
class LocalRepliesTest {
    private static final Body JSON = new Body(
            new LogFormat.Json(
                    Map.of("code", "%RESPONSE_CODE%", "text", "%LOCAL_REPLY_BODY%", "path", "%REQ(:PATH)%"), false),
            "application/json");
    private static final Condition NOT_FOUND = new Condition.Status(404, 404);
    private static final Condition UNREACHABLE = new Condition.Failed(Set.of("UF", "UH"));

    /** Fields, for a head. */
    private static final String[] TOO_MANY =
            IntStream.range(0, 101).mapToObj(i -> "x-" + i + ": 1").toArray(String[]::new);

    @RegisterExtension
    private final Opened opened = new Opened();

    private @Nullable ObservedProxy proxy;

    @ParameterizedTest
    @EnumSource
    void everyAnswerHasTheFormThatIsForAll(Version version) throws IOException {
        start(List.of(), Optional.of(JSON));

        Answer missing = get(version, "/nowhere?\"q");
        Answer redirect = get(version, "/redirect");

        assertThat(missing.status()).isEqualTo(404);
        assertThat(missing.field("content-type")).isEqualTo("application/json");
        assertThat(missing.body())
                .isEqualTo("{\"code\":404,\"path\":\"/nowhere?\\\"q\",\"text\":\"no route matches\"}\n");
        assertThat(redirect.status()).isEqualTo(302);
        assertThat(redirect.field("location")).endsWith("/direct");
        assertThat(redirect.body()).isEqualTo("{\"code\":302,\"path\":\"/redirect\",\"text\":\"\"}\n");
        assertThat(get(version, "/direct").body()).contains("\"text\":\"as configured\"");
    }

    @ParameterizedTest
    @EnumSource
    void whatAnOriginSaysStays(Version version) throws IOException {
        start(List.of(mapper(new Condition.Status(0, 599), 500, "mapped")), Optional.of(JSON));

        Answer answer = get(version, "/origin");

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body()).isEqualTo("its own");
    }

    @ParameterizedTest
    @EnumSource
    void aMapperMayChangeAllOfIt(Version version) throws IOException {
        Mapper mapper = Records.with(
                mapper(UNREACHABLE, 599, "café"),
                "headers",
                List.of(
                        new HeaderChange("x-was", "%RESPONSE_CODE% %RESPONSE_FLAGS%", Append.APPEND, true, false),
                        new HeaderChange("x-literal", "1", Append.OVERWRITE)));
        start(List.of(mapper), Optional.empty());

        Answer answer = get(version, "/dead");

        assertThat(answer.status()).isEqualTo(599);
        assertThat(answer.body()).isEqualTo("caf\u00c3\u00a9"); // UTF-8, read as Latin-1
        assertThat(answer.field("content-length")).isEqualTo("5");
        assertThat(answer.field("x-was")).isEqualTo("503 UF");
        assertThat(answer.field("x-literal")).isEqualTo("1");
        assertThat(proxy().logged(1).getFirst()).contains("\"status\":599", "\"failure\":\"UF\"");
    }

    @Test
    void theFirstThatHoldsIsTheOnlyOne() throws IOException {
        Body text = new Body(new LogFormat.Text("<b>%LOCAL_REPLY_BODY%</b> %UPSTREAM_HOST%", false), "text/html");
        Mapper first = Records.with(mapper(NOT_FOUND, null, null), "body", Optional.of(text));
        start(List.of(first, mapper(new Condition.Status(400, 599), 500, "later")), Optional.of(JSON));

        Answer missing = get(Version.HTTP_1, "/nowhere");
        Answer dead = get(Version.HTTP_1, "/dead");

        assertThat(missing.status()).isEqualTo(404);
        assertThat(missing.field("content-type")).isEqualTo("text/html");
        assertThat(missing.body()).isEqualTo("<b>no route matches</b> -");
        assertThat(dead.status()).isEqualTo(500);
        assertThat(dead.body()).contains("\"text\":\"later\"");
    }

    @Test
    void conditionsAreCombined() throws IOException {
        Condition failed404 = new Condition.All(List.of(NOT_FOUND, new Condition.Failed(Set.of())));
        Condition direct = new Condition.Any(List.of(new Condition.Status(418, 418), new Condition.Status(1, 2)));
        start(List.of(mapper(failed404, 490, null), mapper(direct, 491, null)), Optional.empty());

        assertThat(get(Version.HTTP_1, "/nowhere").status()).isEqualTo(490);
        assertThat(get(Version.HTTP_1, "/direct").status()).isEqualTo(491);
        assertThat(get(Version.HTTP_1, "/missing").status())
                .as("404 as configured is no failure")
                .isEqualTo(404);
    }

    @ParameterizedTest
    @EnumSource
    void theAnswerToHeadTellsTheLengthThatItWouldHave(Version version) throws IOException {
        start(List.of(mapper(NOT_FOUND, null, "four")), Optional.empty());

        Answer answer = client(version).call(true, "HEAD", "/nowhere").answer();

        assertThat(answer.field("content-length")).isEqualTo("4");
        assertThat(answer.body()).isEmpty();
        assertThat(answer.whole()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerThatMayHaveNoBodyHasNone(Version version) throws IOException {
        start(List.of(mapper(NOT_FOUND, 204, null)), Optional.of(JSON));

        Answer answer = get(version, "/nowhere");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.field("content-length")).isNull();
        assertThat(answer.field("content-type")).isNull();
        assertThat(answer.body()).isEmpty();
        assertThat(answer.whole()).isTrue();
    }

    @Test
    void aGrpcClientGetsItsStatusAndMessage() throws IOException {
        start(List.of(mapper(NOT_FOUND, 403, "nicht für dich")), Optional.of(JSON));

        Answer answer = client(Version.HTTP_2)
                .call(true, "POST", "/nowhere", "content-type: application/grpc", "te: trailers")
                .answer();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.field("grpc-status")).isEqualTo("7");
        assertThat(answer.field("grpc-message")).isEqualTo("nicht f%C3%BCr dich");
        assertThat(answer.field("content-type")).isEqualTo("application/grpc");
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void aMapperIsFoundByTheStatusThatARouteMeansForAGrpcClientToo() throws IOException {
        start(List.of(mapper(new Condition.Status(418, 418), 403, "mapped")), Optional.of(JSON));

        Answer answer = client(Version.HTTP_2)
                .call(true, "POST", "/direct", "content-type: application/grpc", "te: trailers")
                .answer();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.field("grpc-status")).isEqualTo("7");
        assertThat(answer.field("grpc-message")).isEqualTo("mapped");
        assertThat(answer.body()).isEmpty();
    }

    /** It would be a tunnel to nobody. */
    @ParameterizedTest
    @EnumSource
    void aConnectIsNotAnsweredAsIfThereWereATunnel(Version version) throws IOException {
        start(List.of(mapper(NOT_FOUND, 200, "welcome")), Optional.empty());

        Answer answer = client(version).connect("web:80").answer();

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body()).isEqualTo("welcome");
    }

    @Test
    void norIsAWebSocketOverHttp2() throws IOException {
        start(List.of(mapper(NOT_FOUND, 200, "welcome")), Optional.empty());

        assertThat(client(Version.HTTP_2).webSocket("/nowhere").answer().status())
                .isEqualTo(404);
        assertThat(client(Version.HTTP_1).webSocket("/nowhere").answer().status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @EnumSource
    void whatWasNoRequestIsAnsweredSoToo(Version version) throws IOException {
        start(List.of(mapper(new Condition.Failed(Set.of("DPE")), 499, null)), Optional.of(JSON));

        Answer answer = get(version, "/origin", TOO_MANY);

        assertThat(answer.status()).isEqualTo(499);
        assertThat(answer.field("content-type")).isEqualTo("application/json");
        assertThat(answer.body()).startsWith("{\"code\":499,\"path\":\"-\",\"text\":\"");
        assertThat(answer.field("content-length"))
                .isEqualTo(Integer.toString(answer.body().length()));
        assertThat(answer.whole()).isTrue();
        assertThat(proxy().logged(1).getFirst()).contains("\"status\":499", "\"failure\":\"DPE\"");
    }

    @Test
    void andHasNoBodyWhereItMayHaveNone() throws IOException {
        start(List.of(mapper(new Condition.Status(431, 431), 304, null)), Optional.of(JSON));

        Answer notModified = get(Version.HTTP_1, "/origin", TOO_MANY);
        Answer overHttp2 = get(Version.HTTP_2, "/origin", TOO_MANY);

        assertThat(notModified.status()).isEqualTo(304);
        assertThat(notModified.body()).isEmpty();
        assertThat(notModified.field("content-length")).isNull();
        assertThat(overHttp2.status()).isEqualTo(304);
        assertThat(overHttp2.body()).isEmpty();
        assertThat(overHttp2.whole()).isTrue();
    }

    @Test
    void norHasItOverHttp2WhereItWasHeadThatAsked() throws IOException {
        start(List.of(), Optional.of(JSON));

        Answer answer =
                client(Version.HTTP_2).call(true, "HEAD", "/origin", TOO_MANY).answer();

        assertThat(answer.status()).isEqualTo(431);
        assertThat(answer.body()).isEmpty();
        assertThat(answer.whole()).isTrue();
    }

    /** It may have been a CONNECT, whose client would take 200 for a tunnel. */
    @Test
    void whatWasNoRequestIsNotAnsweredAsIfAllWereWell() throws IOException {
        start(List.of(mapper(new Condition.Status(400, 499), 200, "welcome")), Optional.empty());

        RawMessage answer = opened.open(RawClient.connect(proxy().address()))
                .send("CONNECT web:80 HTTP/1.1\r\nHost: web:80\r\nno token: 1\r\n\r\n")
                .response();

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).isEqualTo("welcome");
    }

    @Test
    void whatCannotBeCompiledIsRefused() {
        Body unknown = new Body(new LogFormat.Text("%NO_SUCH%", false), "text/plain");

        assertThatThrownBy(() -> start(List.of(), Optional.of(unknown)))
                .hasMessageContaining("%NO_SUCH%: not supported (expected: one of ");
        assertThatThrownBy(() -> mapper(NOT_FOUND, 199, null)).hasMessage("status_code: 199 (expected: 200 to 599)");
    }

    private static Mapper mapper(Condition when, @Nullable Integer status, @Nullable String text) {
        return new Mapper(when, Optional.ofNullable(status), Optional.ofNullable(text), Optional.empty(), List.of());
    }

    private void start(List<Mapper> mappers, Optional<Body> body) throws IOException {
        RawOrigin origin =
                opened.open(RawOrigin.answering("HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\nits own"));
        Setup setup = Setup.listen("127.0.0.1", 0)
                .options(HttpOptions.builder()
                        .allowConnect(true)
                        .accessLog(AccessLog.JSON)
                        .replies(new LocalReplyRules(mappers, body))
                        .build())
                .cluster("origin", "127.0.0.1:" + origin.port())
                .and()
                .cluster("dead", "127.0.0.1:1") // where nobody listens
                .and()
                .route("/origin", "origin")
                .route("/dead", "dead")
                .route(route("/direct", new RouteAction.Respond(418, "as configured", "text/plain")))
                .route(route("/missing", new RouteAction.Respond(404, "", "text/plain")))
                .route(route(
                        "/redirect",
                        new RouteAction.Redirect(
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of("/direct"),
                                Optional.empty(),
                                false,
                                302)));
        proxy = opened.open(new ObservedProxy(setup.build()));
    }

    private static RouteRule route(String path, RouteAction action) {
        return new RouteRule(
                path,
                new RouteMatch(new RouteMatch.PathMatch.Exact(path, true), List.of(), List.of(), false),
                action,
                HeaderRules.NONE);
    }

    private Answer get(Version version, String path, String... fields) throws IOException {
        return client(version).call(true, "GET", path, fields).answer();
    }

    private Call.Client client(Version version) throws IOException {
        InetSocketAddress address = proxy().address();
        return opened.open(Call.client(version, new Socket(address.getAddress(), address.getPort())));
    }

    private ObservedProxy proxy() {
        return Objects.requireNonNull(proxy);
    }
}
