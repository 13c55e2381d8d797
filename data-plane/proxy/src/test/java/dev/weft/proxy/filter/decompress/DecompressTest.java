package dev.weft.proxy.filter.decompress;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.filter.coding.BodyEncoder;
import dev.weft.proxy.filter.coding.ContentCoding;
import dev.weft.proxy.testing.FilteredProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DecompressTest {
    private static final String TEXT = "0123456789".repeat(500);
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @RegisterExtension
    private final Opened opened = new Opened();

    private static DecompressPolicy both(ContentCoding coding) {
        return new DecompressPolicy(coding, true, true, true, false);
    }

    private static String coded(ContentCoding coding, byte[] text) {
        try (BodyEncoder encoder = BodyEncoder.of(coding, coding.defaultLevel())) {
            ByteBuf bytes = encoder.encode(Unpooled.wrappedBuffer(text), true);
            String coded = bytes.toString(ISO_8859_1);
            bytes.release();
            return coded;
        }
    }

    private static String post(String coding, String body) {
        return "POST / HTTP/1.1\r\nHost: web\r\nContent-Encoding: " + coding + "\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    @ParameterizedTest
    @EnumSource
    void anUpstreamGetsARequestPlain(ContentCoding coding) throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, both(coding), OK);

        assertThat(proxy.ask(post(coding.token(), coded(coding, TEXT.getBytes(ISO_8859_1))))
                        .status())
                .isEqualTo(200);

        RawMessage request = proxy.origin().requests().getFirst();
        assertThat(request.body()).isEqualTo(TEXT);
        assertThat(request.header("content-encoding")).isNull();
        assertThat(request.header("accept-encoding")).isEqualTo(coding.token());
    }

    @ParameterizedTest
    @EnumSource
    void aClientGetsAResponsePlain(ContentCoding coding) throws IOException {
        String body = coded(coding, TEXT.getBytes(ISO_8859_1));
        FilteredProxy proxy = FilteredProxy.with(
                opened,
                both(coding),
                "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Encoding: " + coding.token() + "\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body);

        RawMessage answer = proxy.get("");

        assertThat(answer.body()).isEqualTo(TEXT);
        assertThat(answer.header("content-encoding")).isNull();
        assertThat(answer.header("etag")).isEqualTo("W/\"v1\"");
    }

    @Test
    void aRequestThatIsNotWhatItSaysIsRefused() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, both(ContentCoding.GZIP), OK);

        assertThat(proxy.ask(post("gzip", "no gzip at all")).status()).isEqualTo(400);
    }

    @Test
    void aRequestThatEndsTooEarlyIsRefused() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, both(ContentCoding.GZIP), OK);
        String whole = coded(ContentCoding.GZIP, TEXT.getBytes(ISO_8859_1));

        assertThat(proxy.ask(post("gzip", whole.substring(0, whole.length() / 2)))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void aFewBytesThatBecomeVeryManyAreRefused() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, both(ContentCoding.GZIP), OK);

        assertThat(proxy.ask(post("gzip", coded(ContentCoding.GZIP, new byte[20 * 1024 * 1024])))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void otherCodingsPassAsTheyAre() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, both(ContentCoding.GZIP), OK);

        assertThat(proxy.ask(post("br", "whatever")).status()).isEqualTo(200);
        assertThat(proxy.origin().requests().getFirst().body()).isEqualTo("whatever");
        assertThat(proxy.origin().requests().getFirst().header("content-encoding"))
                .isEqualTo("br");
    }
}
