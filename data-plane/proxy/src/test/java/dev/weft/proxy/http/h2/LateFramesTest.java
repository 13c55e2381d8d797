package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.StreamReset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What a peer sent before it knew that we have reset a stream (RFC 9113, section 5.1) harms nobody else on the connection, however
 * many streams we reset at once. A client that leaves in the midst of its downloads would otherwise take the upstream's connection
 * with it, and those of others who share it.
 */
final class LateFramesTest {
    private static final int STREAMS = 300;

    private final ServerFixture server = new ServerFixture();
    private final ClientFixture client = new ClientFixture();

    @AfterEach
    void close() {
        server.close();
        client.close();
    }

    @Test
    void responsesToManyRequestsThatWereGivenUpLeaveTheUpstreamConnectionAlone() {
        client.greeted();
        List<ClientFixture.Opened> requests = open(STREAMS);
        var other = client.get("/other");
        for (ClientFixture.Opened request : requests) {
            request.stream.reset(StreamReset.CANCELLED);
        }
        for (int i = 0; i < STREAMS; i++) {
            int stream = 2 * i + 1;
            client.send(Wire.headers(stream, false, ":status", "200"));
            for (int piece = 0; piece < 16; piece++) {
                client.send(Wire.data(stream, false, 4096));
            }
            client.send(Wire.headers(stream, true, "grpc-status", "0"));
        }
        client.send(Wire.headers(2 * STREAMS + 1, true, ":status", "200"));
        assertThat(other.lines).containsExactly("head 200 end");
        assertThat(client.connection.isReusable()).isTrue();
    }

    @Test
    void downloadsThatAreGivenUpAgainAndAgainDoSoNeither() {
        client.greeted();
        int stream = 1;
        for (int round = 0; round < 50; round++) {
            List<ClientFixture.Opened> requests = open(100);
            requests.forEach(request -> request.stream.reset(StreamReset.CANCELLED));
            for (int i = 0; i < 100; i++, stream += 2) {
                client.send(Wire.headers(stream, false, ":status", "200"), Wire.data(stream, true, 1000));
            }
        }
        assertThat(client.connection.isReusable()).isTrue();
    }

    @Test
    void anUpstreamThatResetsManyRequestsKeepsItsConnection() {
        client.greeted();
        for (int i = 0; i < 2 * FloodGuard.RESET_BURST; i++) {
            var request = client.get("/");
            client.send(Wire.reset(2 * i + 1, ErrorCode.CANCEL));
            assertThat(request.lines).containsExactly("reset CANCELLED");
        }
        assertThat(client.connection.isReusable()).isTrue();
    }

    @Test
    void anUpstreamThatSendsMoreOfAResetStreamThanItsWindowIsCutOff() {
        client.greeted();
        client.get("/").stream.reset(StreamReset.CANCELLED);
        int frames = 0;
        while (client.connection.isReusable() && frames < 10_000) {
            client.send(Wire.data(1, false, 1024));
            frames++;
        }
        assertThat(frames).isBetween(256 + FloodGuard.CONTROL_BURST, 256 + FloodGuard.CONTROL_BURST + 10);
    }

    @Test
    void uploadsThatAreAnsweredBeforeTheirEndKeepTheirClientsConnection() {
        server.greeted();
        int stream = 1;
        for (int round = 0; round < 20; round++) {
            int first = stream;
            for (int i = 0; i < 100; i++, stream += 2) {
                server.send(Wire.post(stream, "/"));
                server.accepted.getLast().respond(429, true);
            }
            for (int late = first; late < stream; late += 2) {
                for (int piece = 0; piece < 32; piece++) {
                    server.send(Wire.data(late, piece == 31, 2000));
                }
            }
            server.accepted.clear();
            server.received();
        }
        assertThat(server.isOpen()).isTrue();
    }

    @Test
    void aStreamThatEndedAsItShouldIsNotTakenForOneThatWasReset() {
        server.greeted().send(Wire.post(1, "/"), Wire.get(3, "/"));
        server.accepted.getFirst().respond(429, true);
        server.accepted.getLast().respond(200, true);
        server.received();
        server.send(Wire.data(1, true, 10), Wire.data(3, true, 10));
        assertThat(server.received()).containsExactly("RST_STREAM 3 STREAM_CLOSED");
    }

    private List<ClientFixture.Opened> open(int count) {
        List<ClientFixture.Opened> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            requests.add(client.get("/"));
        }
        return requests;
    }
}
