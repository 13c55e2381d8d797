package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.StreamReset;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What reaches an origin is one valid request, framed by the codec alone. */
class RequestWritingTest {
    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    private static String written(RequestHead head, boolean end) {
        try (ClientFixture client = new ClientFixture()) {
            client.open(head, end, new ClientFixture.Response());
            return client.sent();
        }
    }

    @Test
    void hostComesFirstAndFieldsInTheirOrder() {
        assertThat(written(ClientFixture.request("GET", "a", "1", "b", "2"), true))
                .isEqualTo("GET /p?q HTTP/1.1\r\nhost: origin:81\r\na: 1\r\nb: 2\r\n\r\n");
    }

    @Test
    void fieldsOfTheCodecAreNotCopiedWhoeverPutThemThere() {
        RequestHead head = ClientFixture.request(
                "GET",
                "host",
                "evil",
                "connection",
                "x",
                "transfer-encoding",
                "chunked",
                "upgrade",
                "x",
                "keep-alive",
                "1",
                "proxy-connection",
                "x",
                "proxy-authorization",
                "secret");
        assertThat(written(head, true)).isEqualTo("GET /p?q HTTP/1.1\r\nhost: origin:81\r\n\r\n");
    }

    @Test
    void aBodyOfKnownLengthIsSentAsItIs() {
        try (ClientFixture client = new ClientFixture()) {
            ClientStream stream = client.open(
                    ClientFixture.request("POST", "content-length", "5"), false, new ClientFixture.Response());
            stream.data(bytes("he"), false);
            stream.data(bytes("llo"), true);
            assertThat(client.sent())
                    .isEqualTo("POST /p?q HTTP/1.1\r\nhost: origin:81\r\ncontent-length: 5\r\n\r\nhello");
        }
    }

    @Test
    void aBodyOfUnknownLengthIsChunkedWithItsTrailers() {
        try (ClientFixture client = new ClientFixture()) {
            ClientStream stream =
                    client.open(ClientFixture.request("POST", "te", "trailers"), false, new ClientFixture.Response());
            stream.data(bytes("hello"), false);
            Headers trailers = new Headers();
            trailers.add("x", "y");
            stream.trailers(trailers);
            assertThat(client.sent())
                    .isEqualTo("POST /p?q HTTP/1.1\r\nhost: origin:81\r\nte: trailers\r\nconnection: te\r\n"
                            + "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx: y\r\n\r\n");
        }
    }

    @Test
    void aPostWithoutABodySaysSo() {
        assertThat(written(ClientFixture.request("POST"), true)).endsWith("\r\ncontent-length: 0\r\n\r\n");
        assertThat(written(ClientFixture.request("DELETE"), true)).doesNotContain("content-length");
    }

    @Test
    void moreOrLessThanWasPromisedEndsTheConnection() {
        for (String body : new String[] {"hell", "hello!"}) {
            try (ClientFixture client = new ClientFixture()) {
                ClientFixture.Response response = new ClientFixture.Response();
                client.open(ClientFixture.request("POST", "content-length", "5"), false, response)
                        .data(bytes(body), true);
                assertThat(response.reset).isEqualTo(StreamReset.PROTOCOL_ERROR);
                assertThat(client.isOpen()).isFalse();
                assertThat(client.streamsEnded).isOne();
            }
        }
    }

    @Test
    void whatMayNotStandInATargetIsEncoded() {
        RequestHead head = ClientFixture.request("GET").path("/a b\r\nX: y#\u00e9");
        assertThat(written(head, true)).startsWith("GET /a%20b%0d%0aX:%20y%23%e9 HTTP/1.1\r\n");
    }

    @Test
    void aMethodOrAuthorityThatIsNoneIsRefused() {
        assertThatThrownBy(() -> written(ClientFixture.request("GET / HTTP/1.1\r\n"), true))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> written(ClientFixture.request("GET").authority("a\r\nb"), true))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void starAndConnectHaveTheirOwnTargets() {
        assertThat(written(ClientFixture.request("OPTIONS").path("*"), true)).startsWith("OPTIONS * HTTP/1.1\r\n");
        assertThat(written(ClientFixture.request("CONNECT").path(""), false))
                .isEqualTo("CONNECT origin:81 HTTP/1.1\r\nhost: origin:81\r\n\r\n");
    }
}
