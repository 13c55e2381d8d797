package dev.weft.proxy.filter.grpcweb;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.testing.FilteredProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawMessage;
import java.io.IOException;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcWebTest {
    /** A message of three bytes, framed. */
    private static final String MESSAGE = "\0\0\0\0\3abc";

    private static final String GRPC = "HTTP/1.1 200 OK\r\nContent-Type: application/grpc+proto\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n8\r\n" + MESSAGE + "\r\n0\r\ngrpc-status: 0\r\nx-t: 1\r\n\r\n";

    private static final String TRAILERS = "\u0080\0\0\0\30grpc-status: 0\r\nx-t: 1\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    private static String post(String type, String body) {
        return "POST /s/m HTTP/1.1\r\nHost: web\r\nContent-Type: " + type + "\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(ISO_8859_1));
    }

    @Test
    void aBinaryCallBecomesGrpcAndItsTrailersTheLastFrame() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, new GrpcWebPolicy(), GRPC);

        RawMessage answer = proxy.ask(post("application/grpc-web+proto", MESSAGE));

        RawMessage request = proxy.origin().requests().getFirst();
        assertThat(request.header("content-type")).isEqualTo("application/grpc+proto");
        assertThat(request.header("te")).isEqualTo("trailers");
        assertThat(request.body()).isEqualTo(MESSAGE);
        assertThat(answer.header("content-type")).isEqualTo("application/grpc-web+proto");
        assertThat(answer.body()).isEqualTo(MESSAGE + TRAILERS);
        assertThat(answer.trailers()).isEmpty();
    }

    @Test
    void aTextCallIsDecodedAndItsAnswerEncoded() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, new GrpcWebPolicy(), GRPC);

        RawMessage answer = proxy.ask(
                post("application/grpc-web-text", base64(MESSAGE.substring(0, 4)) + base64(MESSAGE.substring(4))));

        assertThat(proxy.origin().requests().getFirst().body()).isEqualTo(MESSAGE);
        assertThat(answer.header("content-type")).isEqualTo("application/grpc-web-text+proto");
        assertThat(answer.body()).isEqualTo(base64(MESSAGE) + base64(TRAILERS));
    }

    @Test
    void textThatIsNoBase64IsRefused() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, new GrpcWebPolicy(), GRPC);

        RawMessage answer = proxy.ask(post("application/grpc-web-text", "!!!!"));

        assertThat(answer.header("grpc-status")).isEqualTo("13");
    }

    @Test
    void textThatEndsWithinAGroupIsRefused() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, new GrpcWebPolicy(), GRPC);

        RawMessage answer = proxy.ask(post("application/grpc-web-text", base64(MESSAGE) + "AAA"));

        assertThat(answer.header("grpc-status")).isEqualTo("13");
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/grpc-web+proto", "application/grpc-web-text+proto"})
    void aFailureInTheMiddleIsAStatusInTheLastFrame(String type) throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, new GrpcWebPolicy(), wire -> {
            wire.request();
            wire.send("HTTP/1.1 200 OK\r\nContent-Type: application/grpc+proto\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "8\r\n" + MESSAGE + "\r\n");
            wire.socket().close();
        });
        boolean text = type.contains("text");

        RawMessage answer = proxy.ask(post(type, text ? base64(MESSAGE) : MESSAGE));

        String body = answer.body();
        String message = text ? base64(MESSAGE) : MESSAGE;
        assertThat(answer.status()).isEqualTo(200);
        assertThat(body).startsWith(message);
        String last = body.substring(message.length());
        String frame = text ? new String(Base64.getDecoder().decode(last), ISO_8859_1) : last;
        assertThat(frame).startsWith("\u0080\0\0\0").contains("grpc-status: 14\r\n");
    }

    @Test
    void aFailureOfTheProxyIsAStatusInTheHead() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, new GrpcWebPolicy(), wire -> wire.request());

        RawMessage answer = proxy.ask(post("application/grpc-web+proto", MESSAGE));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).isEqualTo("application/grpc-web+proto");
        assertThat(answer.header("grpc-status")).isEqualTo("14");
    }

    @Test
    void whatIsNoGrpcWebPassesAsItIs() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, new GrpcWebPolicy(), GRPC);

        RawMessage answer = proxy.ask(post("application/grpc", MESSAGE));

        assertThat(answer.header("content-type")).isEqualTo("application/grpc+proto");
        assertThat(answer.trailers()).isEqualTo("grpc-status: 0\r\nx-t: 1\r\n");
    }

    @Test
    void anAnswerThatIsNoGrpcIsNotTouched() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(
                opened,
                new GrpcWebPolicy(),
                "HTTP/1.1 404 No\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nnone");

        RawMessage answer = proxy.ask(post("application/grpc-web-text", ""));

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body()).isEqualTo("none");
    }
}
