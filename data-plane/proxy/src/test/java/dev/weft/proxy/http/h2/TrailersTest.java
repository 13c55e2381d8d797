package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Trailers come too late to say who asks, for what, and in which form (RFC 9110, section 6.5.1). */
final class TrailersTest {
    private static final String[] MIXED = {
        "x-sum",
        "1",
        "authorization",
        "Basic x",
        "content-length",
        "7",
        "content-type",
        "t",
        "cookie",
        "c",
        "host",
        "evil",
        "set-cookie",
        "s",
        "x-forwarded-for",
        "1.2.3.4",
        "grpc-status",
        "0",
        "expect",
        "100-continue",
        "max-forwards",
        "1"
    };

    @Test
    void whatWouldChangeARequestIsLeftOut() {
        try (ServerFixture server = new ServerFixture().greeted()) {
            server.send(Wire.post(1, "/"), Wire.headers(1, true, MIXED));
            assertThat(server.accepted.getFirst().lines).endsWith("trailers [x-sum=1, grpc-status=0]");
        }
    }

    @Test
    void whatWouldChangeAResponseIsLeftOut() {
        try (ClientFixture client = new ClientFixture().greeted()) {
            ClientFixture.Opened request = client.get("/");
            client.send(Wire.headers(1, false, ":status", "200"), Wire.headers(1, true, MIXED));
            assertThat(request.lines).endsWith("trailers [x-sum=1, grpc-status=0]");
        }
    }

    @Test
    void moreThan64KiBEndTheStream() {
        try (ServerFixture server = new ServerFixture().greeted()) {
            server.send(Wire.post(1, "/"));
            byte[] block = Wire.block("x", "y".repeat(66_000));
            for (int from = 0; from < block.length; from += 16_000) {
                boolean last = from + 16_000 >= block.length;
                server.send(Wire.frame(
                        from == 0 ? Frames.HEADERS : Frames.CONTINUATION,
                        (from == 0 ? Frames.END_STREAM : 0) | (last ? Frames.END_HEADERS : 0),
                        1,
                        Arrays.copyOfRange(block, from, Math.min(block.length, from + 16_000))));
            }
            assertThat(server.received()).containsExactly("RST_STREAM 1 ENHANCE_YOUR_CALM");
            assertThat(server.accepted.getFirst().lines).endsWith("reset LIMIT");
        }
    }
}
