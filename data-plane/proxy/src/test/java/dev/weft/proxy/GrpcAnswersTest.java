package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.failure.GrpcStatus;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.testing.Answer;
import dev.weft.proxy.testing.Call;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.Version;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a route answers a gRPC call by itself: its client looks at grpc-status and at nothing else. */
class GrpcAnswersTest {
    @RegisterExtension
    private final Opened opened = new Opened();

    @ParameterizedTest
    @EnumSource
    void aDirectResponseIsAGrpcStatusWithTheBodyAsItsMessage(Version version) throws IOException {
        RouteAction respond = new RouteAction.Respond(403, "no\nway, 100% \u00e9", "text/plain");
        Answer grpc = answer(version, respond, "application/grpc+proto");

        assertThat(grpc.status()).isEqualTo(200);
        assertThat(grpc.field("content-type")).isEqualTo("application/grpc");
        assertThat(grpc.field("grpc-status")).isEqualTo("7");
        assertThat(grpc.field("grpc-message")).isEqualTo("no%0Away, 100%25 %C3%A9");
        assertThat(grpc.body()).isEmpty();

        Answer plain = answer(version, respond, "text/plain");
        assertThat(plain.status()).isEqualTo(403);
        assertThat(plain.field("grpc-status")).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void aRedirectIsAGrpcStatusTooAndStillSaysWhere(Version version) throws IOException {
        Answer answer = answer(
                version,
                new RouteAction.Redirect(
                        Optional.empty(),
                        Optional.of("other"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        301),
                "application/grpc");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.field("grpc-status")).isEqualTo("2");
        assertThat(answer.field("grpc-message")).isNull();
        assertThat(answer.field("location")).isEqualTo("http://other/s/M");
    }

    @ParameterizedTest
    @CsvSource({"400,13", "401,16", "403,7", "404,12", "429,14", "502,14", "503,14", "504,14", "200,2", "500,2"})
    void statusesOfHttpAreThoseThatGrpcMakesOfThem(int http, int grpc) {
        assertThat(GrpcStatus.ofHttp(http)).isEqualTo(grpc);
    }

    @Test
    void anEmptyBodyIsNoMessage() throws IOException {
        assertThat(answer(Version.HTTP_2, new RouteAction.Respond(503, "", ""), "application/grpc")
                        .field("grpc-message"))
                .isNull();
    }

    private Answer answer(Version version, RouteAction action, String contentType) throws IOException {
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .route(new RouteRule("r", RouteMatch.ANY, action, HeaderRules.NONE))
                .build());
        try (Call.Client client = Call.client(
                version,
                new Socket(
                        InetAddress.getLoopbackAddress(), proxy.address("http").getPort()))) {
            return client.call(false, "POST", "/s/M", "content-type: " + contentType, "content-length: 0")
                    .send("", true)
                    .answer();
        }
    }
}
