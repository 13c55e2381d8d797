package dev.weft.proxy.filter.compress;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.filter.coding.BodyDecoder;
import dev.weft.proxy.filter.coding.ContentCoding;
import dev.weft.proxy.testing.FilteredProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompressTest {
    private static final String TEXT = "0123456789".repeat(1000);
    private static final CompressPolicy ALL =
            CompressPolicy.of(ContentCoding.GZIP, ContentCoding.BROTLI, ContentCoding.ZSTD);

    @RegisterExtension
    private final Opened opened = new Opened();

    private static String response(String headers, String body) {
        return "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n" + headers + "Content-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    private static String decoded(ContentCoding coding, String body) {
        try (BodyDecoder decoder = BodyDecoder.of(coding, UnpooledByteBufAllocator.DEFAULT)) {
            ByteBuf plain = decoder.decode(Unpooled.wrappedBuffer(body.getBytes(ISO_8859_1)), true);
            String text = plain.toString(ISO_8859_1);
            plain.release();
            return text;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aResponseIsCompressedAsTheClientLikesIt(ContentCoding coding) throws IOException {
        RawMessage answer = FilteredProxy.with(opened, ALL, response("ETag: \"v1\"\r\nAccept-Ranges: bytes\r\n", TEXT))
                .get("Accept-Encoding: " + coding.token() + "\r\n");

        assertThat(answer.header("content-encoding")).isEqualTo(coding.token());
        assertThat(answer.header("vary")).isEqualTo("accept-encoding");
        assertThat(answer.header("etag")).isEqualTo("W/\"v1\"");
        assertThat(answer.header("accept-ranges")).isNull();
        assertThat(answer.header("content-length")).isNull();
        assertThat(answer.body().length()).isLessThan(300);
        assertThat(decoded(coding, answer.body())).isEqualTo(TEXT);
    }

    @Test
    void whatWeCallGzipOthersCanRead() throws IOException {
        RawMessage answer = FilteredProxy.with(opened, ALL, response("", TEXT)).get("Accept-Encoding: gzip\r\n");

        byte[] bytes = answer.body().getBytes(ISO_8859_1);
        assertThat(new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes())
                .isEqualTo(TEXT.getBytes(ISO_8859_1));
    }

    @Test
    void whoeverDoesNotAskGetsItPlainAndCachesAreTold() throws IOException {
        RawMessage answer = FilteredProxy.with(opened, ALL, response("ETag: \"v1\"\r\n", TEXT))
                .get("");

        assertThat(answer.body()).isEqualTo(TEXT);
        assertThat(answer.header("content-length")).isEqualTo("10000");
        assertThat(answer.header("etag")).isEqualTo("\"v1\"");
        assertThat(answer.header("vary")).isEqualTo("accept-encoding");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Encoding: br\r\n",
                "Cache-Control: public, no-transform\r\n",
            })
    void whatIsCodedOrMustNotBeIsLeftAlone(String header) throws IOException {
        RawMessage answer =
                FilteredProxy.with(opened, ALL, response(header, TEXT)).get("Accept-Encoding: gzip\r\n");

        assertThat(answer.body()).isEqualTo(TEXT);
        assertThat(answer.header("vary")).isNull();
    }

    @Test
    void shortOnesImagesAndRangesAreLeftAlone() throws IOException {
        String image = response("", TEXT).replace("text/plain; charset=utf-8", "image/png");
        String range = response("Content-Range: bytes 0-9999/20000\r\n", TEXT).replace("200 OK", "206 Partial");
        for (String response : List.of(response("", "short"), image, range)) {
            assertThat(FilteredProxy.with(opened, ALL, response)
                            .get("Accept-Encoding: gzip\r\n")
                            .header("content-encoding"))
                    .isNull();
        }
    }

    @Test
    void anAnswerToHeadSaysWhatOneToGetWould() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(
                opened,
                ALL,
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nETag: \"v1\"\r\nContent-Length: 1000\r\n\r\n");

        RawMessage answer = proxy.client()
                .send("HEAD / HTTP/1.1\r\nHost: web\r\nAccept-Encoding: gzip\r\n\r\n")
                .responseHead();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("vary")).isEqualTo("accept-encoding");
        assertThat(answer.header("content-encoding")).isEqualTo("gzip");
        assertThat(answer.header("content-length")).isNull();
        assertThat(answer.header("etag")).isEqualTo("W/\"v1\"");
    }

    @Test
    void whatIsStillGoodIsKnownByTheTagThatTheClientGot() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(opened, ALL, "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n");

        RawMessage recoded = proxy.get("Accept-Encoding: gzip\r\nIf-None-Match: \"v0\", W/\"v1\"\r\n");
        assertThat(recoded.header("etag")).isEqualTo("W/\"v1\"");
        assertThat(recoded.header("vary")).isEqualTo("accept-encoding");
        RawMessage plain = proxy.get("Accept-Encoding: gzip\r\nIf-None-Match: \"v1\"\r\n");
        assertThat(plain.header("etag")).isEqualTo("\"v1\"");
        assertThat(plain.header("vary")).isNull();
    }

    @Test
    void digestsOfOtherBytesAreNotPassedOn() throws IOException {
        String digests = "Content-Digest: sha-256=:x:\r\nRepr-Digest: sha-256=:x:\r\nDigest: sha-256=x\r\n"
                + "Content-MD5: x\r\n";
        FilteredProxy proxy = FilteredProxy.with(opened, ALL, response(digests, TEXT));

        for (String name : List.of("content-digest", "repr-digest", "digest", "content-md5")) {
            assertThat(proxy.get("Accept-Encoding: gzip\r\n").header(name)).isNull();
            assertThat(proxy.get("").header(name)).isNotNull();
        }
    }

    @Test
    void aClientMayAskForBytesAsTheyAre() throws IOException {
        RawMessage answer = FilteredProxy.with(opened, ALL, response("", TEXT))
                .get("Accept-Encoding: gzip\r\nCache-Control: no-transform\r\n");

        assertThat(answer.body()).isEqualTo(TEXT);
        assertThat(answer.header("content-encoding")).isNull();
    }

    @Test
    void anEventIsReadableBeforeTheNextOneComes() throws Exception {
        FilteredProxy proxy = FilteredProxy.with(opened, ALL, wire -> {
            wire.request();
            wire.send(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nevent\r\n");
            wire.request(); // never comes
        });
        RawClient client = proxy.client().send("GET / HTTP/1.1\r\nHost: web\r\nAccept-Encoding: gzip\r\n\r\n");
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            head.append(client.receive(1));
        }
        StringBuilder size = new StringBuilder();
        while (!size.toString().endsWith("\r\n")) {
            size.append(client.receive(1));
        }
        String chunk = client.receive(Integer.parseInt(size.toString().strip(), 16));

        byte[] first = new byte[5];
        assertThat(new GZIPInputStream(new ByteArrayInputStream(chunk.getBytes(ISO_8859_1))).read(first))
                .isEqualTo(5);
        assertThat(new String(first, ISO_8859_1)).isEqualTo("event");
    }

    @Test
    void aCodingThatAnotherFilterDoesIsLeftToIt() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(
                opened,
                CompressPolicy.of(ContentCoding.GZIP).beside(List.of(ContentCoding.BROTLI)),
                response("", TEXT));

        assertThat(proxy.get("Accept-Encoding: gzip;q=0.5, br\r\n").body()).isEqualTo(TEXT);
        assertThat(proxy.get("Accept-Encoding: gzip, br;q=0.5\r\n").header("content-encoding"))
                .isEqualTo("gzip");
    }

    @Test
    void theUpstreamNeedNotKnowWhatTheClientAccepts() throws IOException {
        CompressPolicy hiding =
                new CompressPolicy(ALL.codings(), List.of(), 30, CompressPolicy.DEFAULT_TYPES, false, true);
        FilteredProxy proxy = FilteredProxy.with(opened, hiding, response("", TEXT));

        assertThat(proxy.get("Accept-Encoding: gzip\r\n").header("content-encoding"))
                .isEqualTo("gzip");
        assertThat(proxy.origin().requests().getFirst().header("accept-encoding"))
                .isNull();
    }
}
