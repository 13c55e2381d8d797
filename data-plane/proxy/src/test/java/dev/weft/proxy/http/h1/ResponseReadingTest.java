package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.StreamReset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How responses are understood (RFC 9112, sections 4 and 6.3). */
class ResponseReadingTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
                "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/2.0 200 OK\r\n\r\n",
                "HTTP/1.1 20 OK\r\n\r\n",
                "HTTP/1.1 099 OK\r\n\r\n",
                "HTTP/1.1 600 OK\r\n\r\n",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "HTTP/1.1  200 OK\r\n\r\n",
                "HTTP/1.1\r\n\r\n",
                "\r\nHTTP/1.1 200 OK\r\n\r\n",
                "HTTP/1.1 200 O\u0000K\r\n\r\n",
                "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
                "HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: a\u0000b\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
                "SSH-2.0-x\r\n",
            })
    void whatIsNotOneResponseBreaksTheStream(String bytes) {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.receive(bytes);
            assertThat(response.reset).isEqualTo(StreamReset.PROTOCOL_ERROR);
            assertThat(response.status).isZero();
            assertThat(client.isOpen()).isFalse();
            assertThat(client.connection.isReusable()).isFalse();
        }
    }

    @Test
    void aBodyOfKnownLengthEndsWithItsLastByte() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.receive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhe")
                    .receive("llo");
            assertThat(response.status).isEqualTo(200);
            assertThat(response.headers).isEqualTo("content-length: 5\nx: y\n");
            assertThat(response.body).hasToString("hello");
            assertThat(response.ends).isOne();
            assertThat(client.connection.availableStreams()).isOne();
        }
    }

    @Test
    void chunksAndTrailersAreUnderstood() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.receive(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nGrpc-Status: 0\r\n\r\n");
            assertThat(response.body).hasToString("hello");
            assertThat(response.trailers).isEqualTo("grpc-status: 0\n");
            assertThat(response.headers).isEmpty();
            assertThat(response.ends).isOne();
            assertThat(client.connection.availableStreams()).isOne();
        }
    }

    @Test
    void withoutALengthTheBodyEndsWithTheConnection() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.receive("HTTP/1.1 200 OK\r\n\r\nhello");
            assertThat(response.ends).isZero();
            client.originCloses();
            assertThat(response.body).hasToString("hello");
            assertThat(response.ends).isOne();
            assertThat(response.reset).isNull();
            assertThat(client.connectionsEnded).isOne();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 304})
    void someStatusesHaveNoBodyWhateverTheirHeadsSay(int status) {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.receive("HTTP/1.1 " + status + " X\r\nContent-Length: 5\r\n\r\n");
            assertThat(response.ends).isOne();
            assertThat(client.connection.availableStreams()).isOne();
        }
    }

    @Test
    void theAnswerToHeadHasNoBody() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = new ClientFixture.Response();
            client.open(ClientFixture.request("HEAD"), true, response);
            client.receive("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            assertThat(response.ends).isOne();
            assertThat(client.connection.availableStreams()).isOne();
        }
    }

    @Test
    void all1xxBut101AreHandedOverBeforeTheHead() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.receive(
                            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\nContent-Length: 3\r\n\r\n")
                    .receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            assertThat(response.informational).containsExactly("100 ", "103 link: x\n");
            assertThat(response.status).isEqualTo(200);
            assertThat(response.headers).isEqualTo("content-length: 0\n");
        }
    }

    @Test
    void foldedFieldsBecomeOneLine() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.receive("HTTP/1.1 200 OK\r\nX: a\r\n\t b\r\n  c\r\nContent-Length: 0\r\n\r\n");
            assertThat(response.headers.replaceAll("[ \t]+", " ")).isEqualTo("x: a b c\ncontent-length: 0\n");
            assertThat(response.headers).doesNotContain("\r");
        }
    }

    @Test
    void aFoldBeforeTheFirstWordIsNoPartOfTheValue() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.receive(
                    "HTTP/1.1 200 OK\r\nX: \r\n a\r\nY:\r\n\t\r\n b \r\n \r\nZ: \r\n \r\nContent-Length: 0\r\n\r\n");
            assertThat(response.headers).isEqualTo("x: a\ny: b\nz: \ncontent-length: 0\n");
        }
    }

    @Test
    void connectionFieldsAreTakenOut() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.receive("HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: 5\r\nX-Hop: 1\r\nX: y\r\n"
                    + "Content-Length: 0\r\n\r\n");
            assertThat(response.headers).isEqualTo("x: y\ncontent-length: 0\n");
        }
    }

    @Test
    void aReasonMayBeMissing() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.receive("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n");
            assertThat(response.status).isEqualTo(200);
        }
    }

    @Test
    void aHeadBeyondTheLimitsBreaksTheStream() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.receive("HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(101) + "\r\n");
            assertThat(response.reset).isEqualTo(StreamReset.PROTOCOL_ERROR);
        }
    }

    @Test
    void aPausedBodyIsHeldBackEvenOverTheConnectionsEnd() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = new ClientFixture.Response();
            var stream = client.open(ClientFixture.request("GET"), true, response);
            client.receive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
            stream.pause();
            client.receive("llo");
            client.originCloses();
            assertThat(response.body).hasToString("he");
            assertThat(client.connectionsEnded).isZero();
            stream.resume();
            assertThat(response.body).hasToString("hello");
            assertThat(response.ends).isOne();
            assertThat(client.connectionsEnded).isOne();
        }
    }
}
