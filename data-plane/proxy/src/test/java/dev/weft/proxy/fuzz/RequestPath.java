package dev.weft.proxy.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.weft.proxy.fuzz.StrictRequest.BrokenBody;
import dev.weft.proxy.fuzz.StrictRequest.CutShort;
import dev.weft.proxy.fuzz.StrictRequest.NotStrict;
import dev.weft.proxy.fuzz.StrictRequest.Source;
import dev.weft.proxy.http.Protocol;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What must hold of the request path whatever a client sends. Stateless. */
final class RequestPath {
    private RequestPath() {}

    /** Bytes on an HTTP/1 connection: the origin gets the requests that the strict reading of these bytes gives, or fewer. */
    static void http1(byte[] bytes, int piece) {
        http1(bytes, piece, Protocol.HTTP_1_1);
        http1(bytes, piece, Protocol.HTTP_2);
    }

    private static void http1(byte[] bytes, int piece, Protocol upstream) {
        try (Relay relay = new Relay(Protocol.HTTP_1_1, upstream)) {
            relay.receive(bytes, piece);
            List<StrictRequest> made = made(bytes);
            for (int i = 0; i < relay.forwarded.size(); i++) {
                Relay.Forwarded request = relay.forwarded.get(i);
                Sent sent = sent(request);
                assertThat(i).as("request %s, that the client never made", sent).isLessThan(made.size());
                StrictRequest asMade = made.get(i);
                assertThat(request.method).isEqualTo(asMade.method());
                if (sent != null && sent.body() != null && asMade.body() != null && request.ended && !request.tunnel) {
                    assertThat(sent.body()).isEqualTo(asMade.body());
                }
            }
        }
    }

    /** Bytes on an HTTP/2 connection; an odd number of them is sent on over HTTP/2 too. */
    static void http2(byte[] bytes, int piece) {
        Protocol upstream = bytes.length % 2 == 0 ? Protocol.HTTP_1_1 : Protocol.HTTP_2;
        try (Relay relay = new Relay(Protocol.HTTP_2, upstream)) {
            relay.receive(bytes, piece);
            relay.forwarded.forEach(RequestPath::sent);
        }
    }

    /** A request as an origin reads it; no body where it is cut short. */
    private record Sent(String method, @Nullable String body) {}

    /** The requests in these bytes up to the first that is not strict; the last may be cut short. */
    private static List<StrictRequest> made(byte[] bytes) {
        List<StrictRequest> all = new ArrayList<>();
        Source source = new Source(bytes);
        try {
            while (!source.isAtEnd()) {
                StrictRequest next = StrictRequest.next(source);
                all.add(next);
                if (next.body() == null) {
                    break;
                }
            }
        } catch (BrokenBody broken) {
            all.add(broken.begun);
        } catch (NotStrict | CutShort end) {
            return all;
        }
        return all;
    }

    /** The one request that an origin got; null where it got nothing or was left in the middle of the head. */
    private static @Nullable Sent sent(Relay.Forwarded request) {
        byte[] bytes = request.sent();
        return request.protocol == Protocol.HTTP_2
                ? sentHttp2(request, bytes)
                : bytes.length == 0 ? null : sentHttp1(request, bytes);
    }

    private static @Nullable Sent sentHttp2(Relay.Forwarded request, byte[] bytes) {
        Http2Reading reading = Http2Reading.of(bytes);
        if (reading.messages.isEmpty()) {
            return null; // an upgrade that waits for the server's consent
        }
        assertThat(reading.messages).hasSize(1);
        Http2Reading.Message only = reading.messages.values().iterator().next();
        Http2Reading.requireRequest(only);
        if (!request.tunnel) {
            assertThat(only.heads.getFirst()).containsEntry(":method", request.method);
            assertThat(only.ended || only.reset || !request.ended || request.reset)
                    .as("not ended: %s", only.heads)
                    .isTrue();
        }
        return new Sent(request.method, only.ended ? only.body.toString() : null);
    }

    private static Sent sentHttp1(Relay.Forwarded request, byte[] bytes) {
        Source source = new Source(bytes);
        try {
            StrictRequest only = StrictRequest.next(source);
            only.requireForwardable();
            assertThat(only.method()).isEqualTo(request.method);
            if (!request.tunnel) {
                assertThat(source.isAtEnd() || only.body() == null)
                        .as("bytes behind %s", only)
                        .isTrue();
                assertThat(request.ended && !request.reset && only.body() == null)
                        .as("cut short: %s", only)
                        .isFalse();
            }
            return new Sent(only.method(), only.body());
        } catch (NotStrict | BrokenBody notStrict) {
            return fail("the origin got what is not strict: " + notStrict.getMessage());
        } catch (CutShort cut) {
            return fail("the origin got half a head");
        }
    }
}
