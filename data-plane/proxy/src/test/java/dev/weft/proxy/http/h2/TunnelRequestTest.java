package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.HttpOptions;
import org.junit.jupiter.api.Test;

/** A request for a tunnel has no content (RFC 9110, section 9.3.6): what it says of a length must not reach an HTTP/1 origin. */
final class TunnelRequestTest {
    private static final HttpOptions ALLOWING =
            HttpOptions.builder().allowConnect(true).build();

    private static String[] webSocket(String... more) {
        String[] request = Wire.request("CONNECT", "/chat", more);
        String[] all = java.util.Arrays.copyOf(new String[] {":protocol", "websocket"}, request.length + 2);
        System.arraycopy(request, 0, all, 2, request.length);
        return all;
    }

    @Test
    void oneWithALengthIsMalformed() {
        try (ServerFixture server = new ServerFixture(ALLOWING)) {
            server.greeted().send(Wire.headers(1, false, webSocket("content-length", "5")));
            server.send(Wire.headers(3, false, ":method", "CONNECT", ":authority", "a:1", "content-length", "5"));

            assertThat(server.received()).containsExactly("RST_STREAM 1 PROTOCOL_ERROR", "RST_STREAM 3 PROTOCOL_ERROR");
            assertThat(server.accepted).isEmpty();
        }
    }

    @Test
    void aLengthOfNothingIsLeftOut() {
        try (ServerFixture server = new ServerFixture(ALLOWING)) {
            server.greeted().send(Wire.headers(1, false, webSocket("content-length", "0")));
            assertThat(server.accepted.getFirst().head.headers().contains(HeaderName.CONTENT_LENGTH))
                    .isFalse();
            server.accepted.getFirst().stream.respond(new ResponseHead().status(101), false);
            server.send(Wire.data(1, false, "frames"));
            assertThat(server.accepted.getFirst().lines).endsWith("data \"frames\"");
        }
    }

    @Test
    void oneThatEndsAtOnceEndsItsSideOfTheTunnel() {
        try (ServerFixture server = new ServerFixture(ALLOWING)) {
            server.greeted().send(Wire.headers(1, true, webSocket()));

            assertThat(server.accepted.getFirst().lines).hasSize(2);
            assertThat(server.accepted.getFirst().lines.get(0)).doesNotEndWith(" end");
            assertThat(server.accepted.getFirst().lines.get(1)).isEqualTo("data \"\" end");
        }
    }

    @Test
    void theAnswerThatOpensOneHasNoLengthEither() {
        try (ClientFixture client = new ClientFixture()) {
            client.send(Wire.settings(Frames.SETTINGS_ENABLE_CONNECT_PROTOCOL, 1));
            client.received();
            var request = new ClientFixture.Opened(
                    client.connection, ClientFixture.head("GET", "/chat").upgrade("websocket"), false);
            client.send(Wire.headers(1, false, ":status", "200", "content-length", "0"), Wire.data(1, false, "hi"));
            assertThat(request.lines).containsExactly("head 101", "data \"hi\"");
        }
    }
}
