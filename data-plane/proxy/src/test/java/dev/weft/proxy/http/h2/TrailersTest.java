package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

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
}
