package dev.weft.proxy.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.weft.proxy.fuzz.StrictRequest.CutShort;
import dev.weft.proxy.fuzz.StrictRequest.NotStrict;
import dev.weft.proxy.fuzz.StrictRequest.Source;
import dev.weft.proxy.http.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of the way back whatever an origin sends: the client gets one strict response for each of its requests, in order, or
 * the connection's end; and nothing that the origin sent for one request answers another. Stateless.
 */
final class ResponsePath {
    private ResponsePath() {}

    /** Bytes on an HTTP/1 connection from an origin. */
    static void http1(byte[] bytes, int piece) {
        StrictResponse meant = meant(bytes);
        try (Backward relay = new Backward(Protocol.HTTP_1_1, Protocol.HTTP_1_1)) {
            relay.answer(bytes, piece);
            // Bytes that come later may be meant for the next request on the same connection.
            requireHttp1(relay, meant, piece >= bytes.length);
        }
        try (Backward relay = new Backward(Protocol.HTTP_2, Protocol.HTTP_1_1)) {
            relay.answer(bytes, piece);
            requireHttp2(relay);
        }
    }

    /** Bytes on an HTTP/2 connection from an origin. */
    static void http2(byte[] bytes, int piece) {
        try (Backward relay = new Backward(Protocol.HTTP_1_1, Protocol.HTTP_2)) {
            relay.answer(bytes, piece);
            requireHttp1(relay, null, false);
        }
        try (Backward relay = new Backward(Protocol.HTTP_2, Protocol.HTTP_2)) {
            relay.answer(bytes, piece);
            requireHttp2(relay);
        }
    }

    /** The strict reading of the first response in these bytes; null where there is none, or half of one. */
    private static @Nullable StrictResponse meant(byte[] bytes) {
        Source source = new Source(bytes);
        try {
            StrictResponse next = StrictResponse.next(source, Backward.METHODS.getFirst(), true);
            while (next.isInterim()) {
                next = StrictResponse.next(source, Backward.METHODS.getFirst(), true);
            }
            return next;
        } catch (NotStrict | CutShort none) {
            return null;
        }
    }

    private static void requireHttp1(Backward relay, @Nullable StrictResponse meant, boolean othersRight) {
        Source source = new Source(relay.answered());
        boolean closed = !relay.isOpen();
        int answers = 0;
        try {
            while (!source.isAtEnd()) {
                assertThat(answers).as("responses").isLessThan(Backward.METHODS.size());
                StrictResponse next = StrictResponse.next(source, Backward.METHODS.get(answers), closed);
                next.requireForwardable();
                if (next.isInterim()) {
                    continue;
                }
                if (next.body() == null) {
                    assertThat(closed)
                            .as("a response cut short on a connection that goes on")
                            .isTrue();
                    return; // the client sees by its framing that something is missing (RFC 9112, section 8)
                }
                if (answers > 0 && othersRight) {
                    requireRight(next, Backward.METHODS.get(answers));
                } else if (answers == 0 && meant != null && next.status() != Backward.LOST) {
                    assertThat(next.status()).isEqualTo(meant.status());
                    assertThat(next.body()).isEqualTo(meant.body());
                }
                answers++;
            }
        } catch (NotStrict | CutShort e) {
            fail("the client got what is not strict: " + e, e);
        }
        assertThat(closed || answers == Backward.METHODS.size())
                .as("%s requests answered on a connection that goes on", answers)
                .isTrue();
    }

    private static void requireRight(StrictResponse response, String method) {
        assertThat(response.status()).isIn(200, Backward.LOST);
        if (response.status() == 200) {
            assertThat(response.body()).isEqualTo(method.equals("HEAD") ? "" : Backward.RIGHT_BODY);
        }
    }

    private static void requireHttp2(Backward relay) {
        Http2Reading reading = Http2Reading.of(relay.answered());
        reading.messages.forEach((stream, message) -> {
            assertThat(stream).isIn(1, 3, 5, 7);
            String method = Backward.METHODS.get(stream / 2);
            int status = Http2Reading.requireResponse(message, method.equals("HEAD"));
            assertThat(status > 0 || message.reset).isTrue();
            assertThat(message.ended || message.reset)
                    .as("stream %s ended", stream)
                    .isTrue();
        });
        assertThat(reading.messages.size() == Backward.METHODS.size() || reading.isGone())
                .isTrue();
    }
}
