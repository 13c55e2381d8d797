package dev.weft.proxy.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.StreamReset;
import org.junit.jupiter.api.Test;

/** An origin may send many 1xx, but not keep a client and its memory busy with nothing else. */
class EndlessInterimResponsesTest {
    private static final String HINTS = "HTTP/1.1 103 Early Hints\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    @Test
    void aHundredPassForEachRequest() {
        try (ClientFixture client = new ClientFixture()) {
            for (int i = 0; i < 2; i++) {
                ClientFixture.Response response = client.get();
                client.receive(HINTS.repeat(100) + OK);
                assertThat(response.informational).hasSize(100);
                assertThat(response.status).isEqualTo(200);
            }
        }
    }

    @Test
    void theNextBreaksTheConnection() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            client.receive(HINTS.repeat(101));
            assertThat(response.reset).isEqualTo(StreamReset.PROTOCOL_ERROR);
            assertThat(response.informational).hasSize(100);
            assertThat(client.isOpen()).isFalse();
        }
    }

    @Test
    void largeOnesAreFewer() {
        try (ClientFixture client = new ClientFixture()) {
            ClientFixture.Response response = client.get();
            for (int i = 0; i < 30 && response.reset == null; i++) {
                client.receive("HTTP/1.1 103 Early Hints\r\nLink: " + "x".repeat(10_000) + "\r\n\r\n");
            }
            assertThat(response.reset).isEqualTo(StreamReset.PROTOCOL_ERROR);
        }
    }
}
