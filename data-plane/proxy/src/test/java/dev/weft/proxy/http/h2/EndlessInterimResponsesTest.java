package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A server may send many 1xx, but not keep a client and its memory busy with nothing else. */
final class EndlessInterimResponsesTest {
    @Test
    void aHundredPassAndTheNextEndsTheStream() {
        try (ClientFixture client = new ClientFixture().greeted()) {
            ClientFixture.Opened request = client.get("/");
            for (int i = 0; i < 100; i++) {
                client.send(Wire.headers(1, false, ":status", "103"));
            }
            assertThat(request.lines).hasSize(100).doesNotContain("reset PROTOCOL_ERROR");
            client.received();
            client.send(Wire.headers(1, false, ":status", "103"));
            assertThat(request.lines).hasSize(101).endsWith("reset PROTOCOL_ERROR");
            assertThat(client.received()).containsExactly("RST_STREAM 1 PROTOCOL_ERROR");
        }
    }

    @Test
    void largeOnesAreFewer() {
        try (ClientFixture client = new ClientFixture().greeted()) {
            ClientFixture.Opened request = client.get("/");
            for (int i = 0; i < 30; i++) {
                client.send(Wire.headers(1, false, ":status", "103", "link", "x".repeat(10_000)));
            }
            assertThat(request.lines).hasSizeLessThan(30).endsWith("reset PROTOCOL_ERROR");
        }
    }
}
