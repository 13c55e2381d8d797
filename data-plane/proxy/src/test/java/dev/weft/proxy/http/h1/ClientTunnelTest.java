package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.StreamReset;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Upgrades towards an origin. */
class ClientTunnelTest {
    private static final String SWITCH =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n"
                    + "Sec-WebSocket-Accept: z\r\n\r\n";

    private static ClientStream upgrade(ClientFixture client, ClientFixture.Response response) {
        return client.open(ClientFixture.request("GET", "x", "y").upgrade("websocket"), false, response);
    }

    private static void send(ClientStream stream, String text, boolean end) {
        stream.data(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1), end);
    }

    @Test
    void bytesPassOnceTheOriginHasSwitched() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = new ClientFixture.Response();
            ClientStream stream = upgrade(client, response);
            assertThat(client.sent())
                    .isEqualTo("GET /p?q HTTP/1.1\r\nhost: origin:81\r\nx: y\r\nconnection: upgrade\r\n"
                            + "upgrade: websocket\r\n\r\n");
            client.receive(SWITCH + "first");
            assertThat(response.status).isEqualTo(101);
            assertThat(response.headers).isEqualTo("sec-websocket-accept: z\n");
            assertThat(response.body).hasToString("first");
            send(stream, "up", false);
            assertThat(client.sent()).isEqualTo("up");
        }
    }

    @Test
    void nothingOpaqueLeavesBeforeTheSwitch() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = new ClientFixture.Response();
            ClientStream stream = upgrade(client, response);
            client.sent();
            assertThat(stream.isWritable()).isFalse();
            send(stream, "GET /smuggled HTTP/1.1\r\n\r\n", false);
            assertThat(client.sent()).isEmpty();
            client.receive(SWITCH);
            assertThat(client.sent()).isEqualTo("GET /smuggled HTTP/1.1\r\n\r\n");
        }
    }

    @Test
    void whereTheOriginDoesNotSwitchWhatWasHeldIsDropped() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = new ClientFixture.Response();
            ClientStream stream = upgrade(client, response);
            client.sent();
            send(stream, "GET /smuggled HTTP/1.1\r\n\r\n", false);
            client.receive("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno");
            assertThat(response.body).hasToString("no");
            assertThat(client.sent()).isEmpty();
        }
    }

    @Test
    void aSwitchToSomethingElseIsRefused() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = new ClientFixture.Response();
            upgrade(client, response);
            client.receive(SWITCH.replace("WebSocket", "h2c"));
            assertThat(response.reset).isEqualTo(StreamReset.PROTOCOL_ERROR);
        }
    }

    @Test
    void bothDirectionsEndByThemselves() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = new ClientFixture.Response();
            ClientStream stream = upgrade(client, response);
            client.receive(SWITCH);
            client.channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            assertThat(response.ends).isOne();
            send(stream, "more", false);
            assertThat(client.sent()).endsWith("more");
            send(stream, "", true);
            assertThat(client.isOpen()).isFalse();
            assertThat(client.streamsEnded).isOne();
            assertThat(response.reset).isNull();
        }
    }
}
