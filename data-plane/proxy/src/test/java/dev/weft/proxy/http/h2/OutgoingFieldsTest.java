package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import org.junit.jupiter.api.Test;

/** Fields that are about a connection are never sent, whoever put them there (RFC 9113, section 8.2.2). */
final class OutgoingFieldsTest {
    private static void addAll(Headers to) {
        to.add("x-before", "1");
        to.add("connection", "close");
        to.add("keep-alive", "timeout=5");
        to.add("proxy-connection", "close");
        to.add("transfer-encoding", "chunked");
        to.add("upgrade", "h2c");
        to.add("te", "gzip");
        to.add("te", "trailers");
        to.add("x-after", "2");
    }

    @Test
    void notToAnOrigin() {
        try (ClientFixture client = new ClientFixture().greeted()) {
            RequestHead head = ClientFixture.head("GET", "/");
            addAll(head.headers());
            head.headers().add("host", "evil.test");
            head.headers().add("proxy-authorization", "Basic x");
            new ClientFixture.Opened(client.connection, head, true);

            assertThat(client.received())
                    .containsExactly(
                            "HEADERS 1 [:method=GET, :scheme=http, :authority=origin.test, :path=/, x-before=1,"
                                    + " te=trailers, x-after=2] end");
        }
    }

    @Test
    void notToAClient() {
        try (ServerFixture server = new ServerFixture().greeted()) {
            server.send(Wire.get(1, "/"));
            ResponseHead head = new ResponseHead().status(200);
            addAll(head.headers());
            head.headers().add("proxy-authenticate", "Basic");
            server.accepted.getFirst().stream.respond(head, true);

            assertThat(server.received())
                    .containsExactly("HEADERS 1 [:status=200, x-before=1, te=trailers, x-after=2] end");
        }
    }

    @Test
    void notInTrailers() {
        try (ServerFixture server = new ServerFixture().greeted()) {
            server.send(Wire.get(1, "/"));
            server.accepted.getFirst().respond(200, false);
            Headers trailers = new Headers();
            trailers.add("connection", "close");
            trailers.add("content-length", "7");
            trailers.add("x-sum", "1");
            server.accepted.getFirst().stream.trailers(trailers);

            assertThat(server.received()).containsExactly("HEADERS 1 [:status=200]", "HEADERS 1 [x-sum=1] end");
        }
    }
}
