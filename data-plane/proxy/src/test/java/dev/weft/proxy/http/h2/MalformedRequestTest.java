package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HttpOptions;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What RFC 9113, section 8 calls malformed ends its stream and is never handed on: written as HTTP/1 it could mean another request
 * than it seemed (request smuggling by downgrade).
 */
final class MalformedRequestTest {
    private final ServerFixture server = new ServerFixture(HttpOptions.DEFAULT);

    @AfterEach
    void close() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "connection|close",
                "keep-alive|1",
                "proxy-connection|x",
                "transfer-encoding|chunked",
                "upgrade|h2c",
                "te|gzip",
                "X-Upper|1",
                "bad name|1",
                "bad:name|1",
                "|1",
                "x|a\r\nx-injected: 1",
                "x|a\0b",
                "x| a",
                "x|a ",
                "x|a\u0001",
                "content-length|1",
                "content-length|-1",
                "content-length|+0",
                "content-length|0x0",
                "content-length|9999999999999999999",
                "content-length|",
                ":path|/late",
                "host|other.test",
            })
    void aForbiddenFieldEndsTheStream(String field) {
        String[] parts = field.split("\\|", -1);
        server.greeted().send(Wire.headers(1, true, Wire.request("GET", "/", parts[0], parts[1])));
        assertRefused();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ":method=GET",
                ":method=GET :scheme=http :authority=a",
                ":method=GET :path=/ :authority=a",
                ":scheme=http :path=/ :authority=a",
                ":method=GET :scheme=http :path=/",
                ":method=GET :method=GET :scheme=http :path=/ :authority=a",
                ":method=GET :scheme=http :path=/ :path=/ :authority=a",
                ":method=GET :scheme=http :path=/ :authority=a :authority=a",
                ":method=GET :scheme=http :path= :authority=a",
                ":method=GET :scheme=http :path=x :authority=a",
                ":method=GET :scheme=http :path=* :authority=a",
                ":method=GET :scheme=http :path=/a%20b\tc :authority=a",
                ":method=GET :scheme=http :path=/a#f :authority=a",
                ":method=GET :scheme=http :path=/\u00e9 :authority=a",
                ":method=GE(T :scheme=http :path=/ :authority=a",
                ":method=GET :scheme=ftp :path=/ :authority=a",
                ":method=GET :scheme=http :path=/ :authority=u@a",
                ":method=GET :scheme=http :path=/ :authority=a/b",
                ":method=GET :scheme=http :path=/ :authority=",
                ":method=GET :scheme=http :path=/ :authority=a:b:80",
                ":method=GET :scheme=http :path=/ :authority=a:x",
                ":method=GET :scheme=http :path=/ :authority=:80",
                ":method=GET :scheme=http :path=/ :authority=[::1",
                ":method=GET :scheme=http :path=/ :authority=a[b]",
                ":method=GET :scheme=http :path=/ host=a:b:80",
                ":method=CONNECT :authority=a",
                ":method=GET :scheme=http :path=/ :authority=a :status=200",
                ":method=GET :scheme=http :path=/ :authority=a :protocol=websocket",
                ":method=CONNECT :scheme=http :path=/ :authority=a",
                ":method=CONNECT",
            })
    void wrongPseudoHeaderFieldsEndTheStream(String fields) {
        String[] pairs = fields.split(" ", -1);
        String[] block = new String[pairs.length * 2];
        for (int i = 0; i < pairs.length; i++) {
            int equals = pairs[i].indexOf('=');
            block[2 * i] = pairs[i].substring(0, equals);
            block[2 * i + 1] = pairs[i].substring(equals + 1);
        }
        server.greeted().send(Wire.headers(1, true, block));
        assertRefused();
    }

    @Test
    void aSpaceInMethodOrPathEndsTheStream() {
        server.greeted().send(Wire.headers(1, true, Wire.request("GET / HTTP/1.1", "/")));
        assertRefused();
        server.send(Wire.headers(3, true, Wire.request("GET", "/ HTTP/1.1")));
        assertThat(server.received()).containsExactly("RST_STREAM 3 PROTOCOL_ERROR");
        assertThat(server.accepted).isEmpty();
    }

    @Test
    void hostMayRepeatTheAuthorityAndStandsInForIt() {
        server.greeted().send(Wire.headers(1, true, Wire.request("GET", "/", "host", "WEFT.test")));
        server.send(Wire.headers(3, true, ":method", "GET", ":scheme", "http", ":path", "/", "host", "b"));
        assertThat(server.accepted.get(0).lines).containsExactly("GET http://weft.test/ end");
        assertThat(server.accepted.get(1).lines).containsExactly("GET http://b/ end");
    }

    @Test
    void moreDataThanTheContentLengthEndsTheStream() {
        server.greeted().send(Wire.headers(1, false, Wire.request("POST", "/", "content-length", "2")));
        server.send(Wire.data(1, false, "ab"), Wire.data(1, true, "c"));
        assertThat(server.received()).containsExactly("RST_STREAM 1 PROTOCOL_ERROR");
        assertThat(server.accepted.getFirst().lines).endsWith("data \"ab\"", "reset PROTOCOL_ERROR");
    }

    @Test
    void lessDataThanTheContentLengthEndsTheStream() {
        server.greeted().send(Wire.headers(1, false, Wire.request("POST", "/", "content-length", "2")));
        server.send(Wire.data(1, true, "a"));
        assertThat(server.received()).containsExactly("RST_STREAM 1 PROTOCOL_ERROR");
        assertThat(server.accepted.getFirst().lines)
                .endsWith("reset PROTOCOL_ERROR")
                .noneMatch(l -> l.endsWith("end"));
    }

    @Test
    void trailersDoNotMakeUpForMissingData() {
        server.greeted().send(Wire.headers(1, false, Wire.request("POST", "/", "content-length", "2")));
        server.send(Wire.headers(1, true, "x", "y"));
        assertThat(server.received()).containsExactly("RST_STREAM 1 PROTOCOL_ERROR");
    }

    @Test
    void aSecondHeadWithoutTheEndEndsTheStream() {
        server.greeted().send(Wire.post(1, "/"), Wire.headers(1, false, "x", "y"));
        assertThat(server.received()).containsExactly("RST_STREAM 1 PROTOCOL_ERROR");
        assertThat(server.accepted.getFirst().lines).endsWith("reset PROTOCOL_ERROR");
    }

    @Test
    void pseudoHeaderFieldsInTrailersEndTheStream() {
        server.greeted().send(Wire.post(1, "/"), Wire.headers(1, true, ":method", "GET"));
        assertThat(server.received()).containsExactly("RST_STREAM 1 PROTOCOL_ERROR");
    }

    @Test
    void aHeadPastItsLimitIsAnswered431() {
        server.greeted().send(Wire.headers(1, true, Wire.request("GET", "/", "x", "y".repeat(16_000))));
        assertThat(server.accepted).hasSize(1);
        String[] many = new String[202];
        for (int i = 0; i < many.length; i += 2) {
            many[i] = "x" + i;
            many[i + 1] = "1";
        }
        server.send(Wire.headers(3, true, Wire.request("GET", "/", many)));
        assertThat(server.received()).containsExactly(ServerFixture.tooLarge(3));
        assertThat(server.accepted).hasSize(1);
    }

    @Test
    void aHeadOfMoreThan60KiBIsAnswered431() {
        byte[] block = Wire.block(Wire.request("GET", "/", "x", "y".repeat(62_000)));
        server.greeted().send(Wire.frame(Frames.HEADERS, Frames.END_STREAM, 1, Arrays.copyOf(block, 16_000)));
        for (int from = 16_000; from < block.length; from += 16_000) {
            int to = Math.min(block.length, from + 16_000);
            server.send(Wire.frame(
                    Frames.CONTINUATION,
                    to == block.length ? Frames.END_HEADERS : 0,
                    1,
                    Arrays.copyOfRange(block, from, to)));
        }
        assertThat(server.received()).containsExactly(ServerFixture.tooLarge(1));
        assertThat(server.accepted).isEmpty();
    }

    @Test
    void connectIsRefusedUnlessAllowed() {
        server.greeted().send(Wire.headers(1, false, ":method", "CONNECT", ":authority", "a:443"));
        assertThat(server.received())
                .containsExactly(
                        "HEADERS 1 [:status=405, content-type=text/plain, content-length=28]",
                        "DATA 1 28 bytes end",
                        "RST_STREAM 1 NO_ERROR");
        assertThat(server.accepted).isEmpty();
    }

    @Test
    void theConnectionLivesOn() {
        server.greeted().send(Wire.headers(1, true, Wire.request("GET", "/", "te", "x")), Wire.get(3, "/ok"));
        assertThat(server.accepted.getFirst().lines).containsExactly("GET http://weft.test/ok end");
    }

    private void assertRefused() {
        assertThat(server.received()).containsExactly("RST_STREAM 1 PROTOCOL_ERROR");
        assertThat(server.accepted).isEmpty();
        assertThat(server.isOpen()).isTrue();
    }
}
