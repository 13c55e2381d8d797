package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.StreamReset;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests to an upstream, and what comes of them. */
final class ClientConnectionTest {
    private final ClientFixture client = new ClientFixture();

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void prefaceAndSettingsComeFirst() {
        assertThat(client.received())
                .containsExactly("SETTINGS 2=0 4=262144 5=16384 1=4096 6=65536", "WINDOW_UPDATE 0 16711681");
    }

    @Test
    void aRequestAndItsResponse() {
        client.greeted();
        RequestHead head = ClientFixture.head("POST", "/a?b");
        head.headers().add("x", "y");
        var request = new ClientFixture.Opened(client.connection, head, false);
        request.data(3, false);
        Headers trailers = new Headers();
        trailers.add("t", "1");
        request.stream.trailers(trailers);
        assertThat(client.received())
                .containsExactly(
                        "HEADERS 1 [:method=POST, :scheme=http, :authority=origin.test, :path=/a?b, x=y]",
                        "DATA 1 \"\0\0\0\"",
                        "HEADERS 1 [t=1] end");
        client.send(
                Wire.headers(1, false, ":status", "103", "link", "x"),
                Wire.headers(1, false, ":status", "200", "server", "o"),
                Wire.data(1, false, "hi"),
                Wire.headers(1, true, "grpc-status", "0"));
        assertThat(request.lines)
                .containsExactly(
                        "informational 103 [link=x]", "head 200 [server=o]", "data \"hi\"", "trailers [grpc-status=0]");
        assertThat(client.ownerTold).containsExactly("stream ended, 2147483647 available");
    }

    @Test
    void aRequestThatNamesNoHostGetsOne() {
        client.greeted();
        new ClientFixture.Opened(
                client.connection, ClientFixture.head("GET", "/").authority(""), true);
        assertThat(client.received())
                .containsExactly("HEADERS 1 [:method=GET, :scheme=http, :authority=localhost, :path=/] end");
    }

    @Test
    void streamsCountAgainstTheServersLimit() {
        assertThat(client.connection.availableStreams())
                .as("assumed until told")
                .isEqualTo(100);
        client.send(Wire.settings(Frames.SETTINGS_MAX_CONCURRENT_STREAMS, 2));
        client.get("/1");
        assertThat(client.connection.availableStreams()).isEqualTo(1);
        client.get("/2");
        assertThat(client.connection.availableStreams()).isZero();
        client.send(Wire.headers(1, true, ":status", "200"));
        assertThat(client.connection.availableStreams()).isEqualTo(1);
        assertThat(client.ownerTold).containsExactly("stream ended, 1 available");
    }

    @Test
    void goAwayRefusesWhatTheServerWillNotProcessAndLetsTheRestFinish() {
        var first = client.greeted().get("/1");
        var second = client.get("/2");
        client.send(Wire.goAway(1, ErrorCode.NO_ERROR));
        assertThat(second.lines).containsExactly("reset NOT_TAKEN");
        assertThat(first.lines).isEmpty();
        assertThat(client.connection.isReusable()).isFalse();
        assertThat(client.connection.availableStreams()).isZero();
        client.send(Wire.headers(1, true, ":status", "200"));
        assertThat(first.lines).containsExactly("head 200 end");
        assertThat(client.channel.isOpen()).isFalse();
        assertThat(client.ownerTold).endsWith("connection ended");
    }

    @Test
    void aRequestOnADyingConnectionIsRefused() {
        client.greeted().send(Wire.goAway(0, ErrorCode.NO_ERROR));
        assertThat(client.get("/").lines).containsExactly("reset NOT_TAKEN");
    }

    @Test
    void resetsOfTheServerAreToldApart() {
        client.greeted();
        var refused = client.get("/");
        var cancelled = client.get("/");
        var failed = client.get("/");
        client.send(
                Wire.reset(1, ErrorCode.REFUSED_STREAM),
                Wire.reset(3, ErrorCode.CANCEL),
                Wire.reset(5, ErrorCode.INTERNAL_ERROR));
        assertThat(refused.lines).containsExactly("reset REFUSED");
        assertThat(cancelled.lines).containsExactly("reset CANCELLED");
        assertThat(failed.lines).containsExactly("reset PEER_ERROR");
    }

    @Test
    void aResetAfterTheWholeResponseOnlyStopsTheRequest() {
        var request = client.greeted().open("POST", "/", false);
        client.send(Wire.headers(1, true, ":status", "200"), Wire.reset(1, ErrorCode.NO_ERROR));
        assertThat(request.lines).containsExactly("head 200 end");
        request.data(10, true);
        client.received();
        assertThat(client.connection.activeStreams()).isZero();
    }

    @Test
    void theEndOfAConnectionThatServedBeforeIsToldApart() {
        var first = client.greeted().get("/1");
        client.send(Wire.headers(1, true, ":status", "200"));
        var unanswered = client.get("/2");
        var answered = client.get("/3");
        client.send(Wire.headers(5, false, ":status", "200"));
        client.channel.close();
        client.channel.runPendingTasks();
        assertThat(first.lines).containsExactly("head 200 end");
        assertThat(unanswered.lines).containsExactly("reset CONNECTION_CLOSED_UNANSWERED");
        assertThat(answered.lines).containsExactly("head 200", "reset CONNECTION_CLOSED");
    }

    @Test
    void theEndOfAFreshConnectionIsNoHarmlessRace() {
        var request = client.greeted().get("/");
        client.channel.close();
        client.channel.runPendingTasks();
        assertThat(request.lines).containsExactly("reset CONNECTION_CLOSED");
    }

    @Test
    void cancellingSendsCancelAndIgnoresWhatStillComes() {
        var request = client.greeted().get("/");
        client.received();
        request.stream.reset(StreamReset.CANCELLED);
        assertThat(client.received()).containsExactly("RST_STREAM 1 CANCEL");
        client.send(Wire.headers(1, false, ":status", "200"), Wire.data(1, true, "late"));
        assertThat(request.lines).isEmpty();
        assertThat(client.received()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ":status|",
                ":status|99",
                ":status|600",
                ":status|2xx",
                ":status|101",
                "server|no status",
                ":status|200|connection|close",
                ":status|200|transfer-encoding|chunked",
                ":status|200|X|upper",
                ":status|200|:status|200",
                ":status|200|x|a\r\nb",
                ":status|200|content-length|5",
                ":status|200|content-length|1|content-length|1",
            })
    void aMalformedResponseIsNotHandedOn(String fields) {
        var request = client.greeted().get("/");
        client.received();
        client.send(Wire.headers(1, true, fields.split("\\|", -1)));
        assertThat(request.lines).containsExactly("reset PROTOCOL_ERROR");
        assertThat(client.received()).containsExactly("RST_STREAM 1 PROTOCOL_ERROR");
        assertThat(client.connection.isReusable()).isTrue();
    }

    @Test
    void dataBeforeTheHeadIsAFault() {
        var request = client.greeted().get("/");
        client.send(Wire.data(1, false, "x"));
        assertThat(request.lines).containsExactly("reset PROTOCOL_ERROR");
    }

    @Test
    void theAnswerToHeadMayTellALengthAndHasNoBody() {
        var request = client.greeted().open("HEAD", "/", true);
        client.send(Wire.headers(1, true, ":status", "200", "content-length", "5"));
        assertThat(request.lines).containsExactly("head 200 [content-length=5] end");
        var withBody = client.open("HEAD", "/", true);
        client.send(Wire.headers(3, false, ":status", "200", "content-length", "5"), Wire.data(3, true, "12345"));
        assertThat(withBody.lines).endsWith("reset PROTOCOL_ERROR");
    }

    @Test
    void aHeadPastItsLimitEndsTheStreamByLimit() {
        var request = client.greeted().get("/");
        client.send(Wire.headers(1, true, Wire.request("GET", "/")));
        assertThat(request.lines).containsExactly("reset PROTOCOL_ERROR");
        var large = client.get("/");
        String[] fields = new String[10];
        fields[0] = ":status";
        fields[1] = "200";
        for (int i = 2; i < 10; i += 2) {
            fields[i] = "x";
            fields[i + 1] = "y".repeat(4_000);
        }
        client.send(Wire.headers(3, false, fields));
        assertThat(large.lines).hasSize(1);
    }

    @Test
    void closingGracefullyWaitsForTheLastStream() {
        var request = client.greeted().get("/");
        client.connection.closeGracefully();
        assertThat(client.connection.isReusable()).isFalse();
        assertThat(client.channel.isOpen()).isTrue();
        client.send(Wire.headers(1, true, ":status", "204"));
        assertThat(request.lines).containsExactly("head 204 end");
        assertThat(client.channel.isOpen()).isFalse();
        assertThat(client.received()).endsWith("GOAWAY 0 NO_ERROR");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 400 Bad Request\r\n\r\n", "\0\0\10\6\0\0\0\0\0pingping", "\0\0\0\4\1\0\0\0\0"})
    void whatDoesNotBeginWithSettingsIsNoHttp2(String first) {
        var request = client.get("/");
        client.received();
        client.send(Unpooled.copiedBuffer(first, StandardCharsets.ISO_8859_1));
        assertThat(client.received()).containsExactly("GOAWAY 1 PROTOCOL_ERROR");
        assertThat(request.lines).containsExactly("reset PROTOCOL_ERROR");
        assertThat(client.connection.isReusable()).isFalse();
    }

    @Test
    void pushIsRefusedByTheConnection() {
        client.greeted().get("/");
        client.received();
        client.send(Wire.frame(Frames.PUSH_PROMISE, Frames.END_HEADERS, 1, new byte[8]));
        assertThat(client.received()).containsExactly("GOAWAY 1 PROTOCOL_ERROR");
    }

    /** Stream ids do not come again (RFC 9113, section 5.1.1). */
    @Test
    void aConnectionWhoseStreamIdsAreUsedUpClosesAfterItsLastRequest() {
        client.greeted();
        client.connection.lastStream = Integer.MAX_VALUE - 4;
        var last = client.get("/last");
        assertThat(client.connection.isReusable()).isFalse();
        assertThat(client.get("/too-late").lines).containsExactly("reset NOT_TAKEN");
        client.send(Wire.headers(Integer.MAX_VALUE - 2, true, ":status", "200"));
        assertThat(last.lines).containsExactly("head 200 end");
        assertThat(client.channel.isOpen()).isFalse();
        assertThat(client.ownerTold).endsWith("connection ended");
    }
}
