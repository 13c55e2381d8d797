package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.StreamReset;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An upstream connection is used again only where nothing is in doubt (RFC 9112, section 9). */
class ClientReuseTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @Test
    void requestsFollowEachOther() {
        try (ClientFixture client = new ClientFixture()) {
            for (int i = 1; i <= 3; i++) {
                ClientFixture.Response response = client.get();
                assertThat(client.connection.availableStreams()).isZero();
                client.receive(OK);
                assertThat(response.body).hasToString("ok");
                assertThat(client.streamsEnded).isEqualTo(i);
                assertThat(client.connection.availableStreams()).isOne();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
                "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
                OK + "x",
                OK + OK,
            })
    void afterTheseItIsNot(String bytes) {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.receive(bytes);
            assertThat(response.body).hasToString("ok");
            assertThat(response.ends).isOne();
            assertThat(client.connection.isReusable()).isFalse();
            assertThat(client.isOpen()).isFalse();
            assertThat(client.streamsEnded).isOne();
        }
    }

    @Test
    void version10MayKeepIt() {
        try (ClientFixture client = new ClientFixture()) {
            client.get();
            client.receive("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok");
            assertThat(client.connection.isReusable()).isTrue();
        }
    }

    @Test
    void bytesOnAnIdleConnectionEndIt() {
        try (ClientFixture client = new ClientFixture()) {
            client.get();
            client.receive(OK).receive(OK);
            assertThat(client.connection.isReusable()).isFalse();
            assertThat(client.isOpen()).isFalse();
            assertThat(client.connectionsEnded).isOne();
        }
    }

    @Test
    void aResponseBeforeTheRequestsEndEndsIt() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = new ClientFixture.Response();
            ClientStream stream = client.open(ClientFixture.request("POST", "content-length", "9"), false, response);
            client.receive("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
            assertThat(response.status).isEqualTo(413);
            assertThat(response.ends).isOne();
            assertThat(client.isOpen()).isFalse();
            stream.data(Unpooled.copiedBuffer("late", StandardCharsets.ISO_8859_1), true);
        }
    }

    @Test
    void aKeptConnectionThatDiesUnansweredIsToldApart() {
        try (ClientFixture client = new ClientFixture()) {
            client.get();
            client.receive(OK);
            ClientFixture.Response second = client.get();
            client.originCloses();
            assertThat(second.reset).isEqualTo(StreamReset.CONNECTION_CLOSED_UNANSWERED);
            assertThat(client.streamsEnded).isEqualTo(2);
            assertThat(client.connectionsEnded).isOne();
        }
    }

    @Test
    void aFirstRequestOrAHalfReadResponseIsNot() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response first = client.get();
            client.originCloses();
            assertThat(first.reset).isEqualTo(StreamReset.CONNECTION_CLOSED);
        }
        try (ClientFixture client = new ClientFixture()) {
            client.get();
            client.receive(OK);
            ClientFixture.Response second = client.get();
            client.receive("HTTP/1.1 2");
            client.originCloses();
            assertThat(second.reset).isEqualTo(StreamReset.CONNECTION_CLOSED);
        }
    }

    @Test
    void aBodyCutShortIsNotAnEnd() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.receive("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
            client.originCloses();
            assertThat(response.ends).isZero();
            assertThat(response.reset).isEqualTo(StreamReset.CONNECTION_CLOSED);
        }
    }

    @Test
    void aCancelledRequestTakesTheConnectionWithIt() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = new ClientFixture.Response();
            client.open(ClientFixture.request("GET"), true, response).reset(StreamReset.CANCELLED);
            assertThat(client.isOpen()).isFalse();
            assertThat(response.reset).isNull();
            assertThat(client.streamsEnded).isOne();
            assertThat(client.connectionsEnded).isOne();
        }
    }

    @Test
    void aGracefulCloseWaitsForTheStream() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.connection.closeGracefully();
            assertThat(client.isOpen()).isTrue();
            client.receive(OK);
            assertThat(response.body).hasToString("ok");
            assertThat(client.isOpen()).isFalse();
        }
    }

    @Test
    void aStreamOnADeadConnectionIsResetAtOnce() {
        try (ClientFixture client = new ClientFixture()) {
            client.originCloses();
            ClientFixture.Response response = new ClientFixture.Response();
            client.open(ClientFixture.request("GET"), true, response);
            assertThat(response.reset).isEqualTo(StreamReset.NOT_TAKEN);
        }
    }
}
