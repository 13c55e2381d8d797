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
        try (Relay relay = new Relay(Protocol.HTTP_1_1)) {
            relay.receive(bytes, piece);
            List<StrictRequest> made = made(bytes);
            for (int i = 0; i < relay.forwarded.size(); i++) {
                Relay.Forwarded request = relay.forwarded.get(i);
                StrictRequest sent = sent(request);
                assertThat(i).as("request %s, that the client never made", sent).isLessThan(made.size());
                StrictRequest asMade = made.get(i);
                assertThat(request.method).isEqualTo(asMade.method());
                if (sent != null && asMade.body() != null && request.ended && !request.tunnel) {
                    assertThat(sent.body()).isEqualTo(asMade.body());
                }
            }
        }
    }

    /** Bytes on an HTTP/2 connection, behind the preface. */
    static void http2(byte[] bytes, int piece) {
        try (Relay relay = new Relay(Protocol.HTTP_2)) {
            relay.receive(bytes, piece);
            relay.forwarded.forEach(RequestPath::sent);
        }
    }

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
    private static @Nullable StrictRequest sent(Relay.Forwarded request) {
        byte[] bytes = request.sent();
        if (bytes.length == 0) {
            return null;
        }
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
            return only;
        } catch (NotStrict | BrokenBody notStrict) {
            return fail("the origin got what is not strict: " + notStrict.getMessage());
        } catch (CutShort cut) {
            return fail("the origin got half a head");
        }
    }
}
