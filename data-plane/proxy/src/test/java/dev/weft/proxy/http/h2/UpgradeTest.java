package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.HttpOptions;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

/** Extended CONNECT (RFC 8441) is the same to the rest of the engine as an HTTP/1 upgrade. */
final class UpgradeTest {
    private static final String[] WEBSOCKET = {
        ":method",
        "CONNECT",
        ":protocol",
        "websocket",
        ":scheme",
        "https",
        ":path",
        "/chat",
        ":authority",
        "a",
        "sec-websocket-version",
        "13"
    };

    @Test
    void aServedWebSocketLooksLikeAnUpgrade() {
        try (ServerFixture server = new ServerFixture()) {
            server.greeted().send(Wire.headers(1, false, WEBSOCKET));
            var request = server.accepted.getFirst();
            assertThat(request.head.method()).isEqualTo("GET");
            assertThat(request.head.upgrade()).isEqualTo("websocket");
            assertThat(request.head.headers().get(WebSocketHandshake.KEY)).hasSize(24);

            ResponseHead switched = new ResponseHead().status(101);
            switched.headers().add("sec-websocket-accept", "dropped");
            switched.headers().add("sec-websocket-protocol", "chat");
            request.stream.respond(switched, false);
            request.data("down", false);
            server.send(Wire.data(1, false, "up"));
            assertThat(server.received())
                    .containsExactly("HEADERS 1 [:status=200, sec-websocket-protocol=chat]", "DATA 1 \"down\"");
            request.data("", true);
            assertThat(server.received()).as("one direction only").containsExactly("DATA 1 \"\" end");
            server.send(Wire.data(1, true, "!"));
            assertThat(request.lines).endsWith("data \"up\"", "data \"!\" end");
            assertThat(server.connection.activeStreams()).isZero();
        }
    }

    @Test
    void anAllowedConnectIsATunnel() {
        HttpOptions allowing = HttpOptions.builder().allowConnect(true).build();
        try (ServerFixture server = new ServerFixture(allowing)) {
            server.greeted().send(Wire.headers(1, false, ":method", "CONNECT", ":authority", "db:5432"));
            var request = server.accepted.getFirst();
            assertThat(request.head.method()).isEqualTo("CONNECT");
            assertThat(request.head.authority()).isEqualTo("db:5432");
            request.respond(200, false);
            request.data("x", true);
            server.send(Wire.data(1, true, "y"));
            assertThat(request.lines).endsWith("data \"y\" end");
        }
    }

    @Test
    void anUpgradeTowardsAnUpstreamIsAnExtendedConnect() {
        try (ClientFixture client = new ClientFixture()) {
            client.send(Wire.settings(Frames.SETTINGS_ENABLE_CONNECT_PROTOCOL, 1));
            client.received();
            var request = new ClientFixture.Opened(client.connection, upgrade(), true);
            assertThat(client.received())
                    .containsExactly("HEADERS 1 [:method=CONNECT, :protocol=websocket, :scheme=http,"
                            + " :authority=origin.test, :path=/chat, sec-websocket-version=13]");
            client.send(Wire.headers(1, false, ":status", "200"), Wire.data(1, false, "hi"));
            assertThat(request.lines)
                    .containsExactly("head 101 [sec-websocket-accept=s3pPLMBiTxaQ9kYGzzhZRbK+xOo=]", "data \"hi\"");
            request.stream.data(Unpooled.copiedBuffer(new byte[] {'u'}), true);
            request.stream.flush();
            assertThat(client.received()).containsExactly("DATA 1 \"u\" end");
        }
    }

    @Test
    void anUpgradeWaitsForTheServersSettings() {
        try (ClientFixture client = new ClientFixture()) {
            client.received();
            var request = new ClientFixture.Opened(client.connection, upgrade(), true);
            request.stream.data(Unpooled.copiedBuffer(new byte[] {'e'}), false);
            assertThat(client.received()).isEmpty();
            assertThat(client.connection.activeStreams()).isEqualTo(1);
            client.send(Wire.settings(Frames.SETTINGS_ENABLE_CONNECT_PROTOCOL, 1));
            assertThat(client.received()).hasSize(3).first().isEqualTo("SETTINGS ack");
            assertThat(request.lines).isEmpty();
        }
    }

    @Test
    void aServerWithoutExtendedConnectGetsNoUpgrade() {
        try (ClientFixture client = new ClientFixture()) {
            var early = new ClientFixture.Opened(client.connection, upgrade(), true);
            client.greeted();
            assertThat(early.lines).containsExactly("reset PEER_ERROR");
            var late = new ClientFixture.Opened(client.connection, upgrade(), true);
            assertThat(late.lines).isEmpty();
            assertThat(client.received()).isEmpty();
            assertThat(late.lines).containsExactly("reset PEER_ERROR");
            assertThat(client.connection.activeStreams()).isZero();
        }
    }

    private static RequestHead upgrade() {
        RequestHead head = ClientFixture.head("GET", "/chat").upgrade("websocket");
        head.headers().add("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        head.headers().add("sec-websocket-version", "13");
        return head;
    }
}
