package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClientRules;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Answer;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.Served;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A listener that answers {@code Expect: 100-continue} itself, for origins that do not know it. */
class ExpectationsTest {
    private static final HttpOptions OPTIONS = HttpOptions.builder()
            .clients(Records.with(ClientRules.DEFAULT, "answersExpectations", true))
            .build();

    @RegisterExtension
    private final Opened opened = new Opened();

    @ParameterizedTest
    @CsvSource({"HTTP_1, HTTP_1", "HTTP_1, HTTP_2", "HTTP_2, HTTP_1", "HTTP_2, HTTP_2"})
    void theBodyIsAskedForOnceItIsKnownWhereItGoes(Version downstream, Version upstream) throws IOException {
        Call call = client(downstream, upstream).call(false, "PUT", "/", "expect: 100-continue", "content-length: 4");

        assertThat(call.interim()).isEqualTo(100);
        Answer answer = call.send("body", true).answer();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("body expect=null");
        assertThat(answer.interims()).containsExactly(100);
    }

    @ParameterizedTest
    @EnumSource
    void aBodyThatGoesNowhereIsNotAskedFor(Version downstream) throws IOException {
        Answer answer = client(downstream, Version.HTTP_1)
                .call(false, "PUT", "/refused", "expect: 100-continue", "content-length: 4")
                .answer();

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.interims()).isEmpty();
    }

    private Call.Client client(Version downstream, Version upstream) throws IOException {
        ServerSocket listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        RawOrigin origin = opened.open(Served.origin(upstream, listener, request -> {
            String seen = request.body() + " expect=" + request.field("expect");
            request.respond(200, false, "content-length: " + seen.length()).send(seen, true);
        }));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .options(OPTIONS)
                .cluster("web", "127.0.0.1:" + origin.port())
                .protocol(upstream == Version.HTTP_1 ? UpstreamProtocol.HTTP1 : UpstreamProtocol.HTTP2)
                .and()
                .route(new RouteRule(
                        "refused",
                        new RouteMatch(new RouteMatch.PathMatch.Exact("/refused", true), List.of(), List.of(), false),
                        new RouteAction.Respond(403, "no", "text/plain"),
                        HeaderRules.NONE))
                .route("/", "web")
                .build());
        InetSocketAddress address = proxy.address("http");
        return opened.open(Call.client(downstream, new Socket(address.getAddress(), address.getPort())));
    }
}
