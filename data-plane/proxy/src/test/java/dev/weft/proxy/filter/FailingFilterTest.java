package dev.weft.proxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.testing.FilteredProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A filter that throws costs its own request a 500, in whichever phase, and no other request anything. */
class FailingFilterTest {
    private static final String OK =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 2\r\n\r\n";

    @RegisterExtension
    private final Opened opened = new Opened();

    @ParameterizedTest
    @ValueSource(
            strings = {"forRequest", "requestHead", "requestBody", "chooseUpstream", "beforeAttempt", "responseHead"})
    void itsRequestIsAnsweredWith500AndTheConnectionGoesOn(String phase) throws IOException {
        AtomicInteger ends = new AtomicInteger();
        FilteredProxy proxy = FilteredProxy.with(opened, (FilterPolicy) () -> new Broken(phase, ends), OK);
        RawClient client = proxy.client();

        RawMessage failed = client.send("POST / HTTP/1.1\r\nHost: web\r\nX-Break: yes\r\nContent-Length: 4\r\n\r\nbody")
                .response();
        RawMessage other = client.send("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n\r\nbody")
                .response();

        assertThat(failed.status()).isEqualTo(500);
        assertThat(failed.body()).isEqualTo("internal error\n");
        assertThat(other.status()).isEqualTo(200);
        assertThat(other.body()).isEqualTo("ok");
        assertThat(ends).hasValue(phase.equals("forRequest") ? 1 : 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"responseBody", "responseTrailers"})
    void aResponseThatHasBegunIsCutOff(String phase) throws IOException {
        FilteredProxy proxy =
                FilteredProxy.with(opened, (FilterPolicy) () -> new Broken(phase, new AtomicInteger()), OK);

        String answer = proxy.client()
                .send("GET / HTTP/1.1\r\nHost: web\r\nX-Break: yes\r\n\r\n")
                .receiveToEnd();

        assertThat(answer).doesNotContain("0\r\n\r\n").doesNotContain("x-sum");
        assertThat(proxy.get("").trailers()).isEqualTo("x-sum: 2\r\n");
    }

    @Test
    void trailersMayBecomeTheEndOfTheBody() throws IOException {
        FilterPolicy policy = () -> new Filter() {
            @Override
            public ByteBuf responseTrailers(RequestExchange exchange, Headers trailers) {
                String sum = trailers.get(HeaderName.of("x-sum"));
                trailers.clear();
                return Unpooled.copiedBuffer("," + sum, StandardCharsets.US_ASCII);
            }
        };

        RawMessage answer = FilteredProxy.with(opened, policy, OK).get("");

        assertThat(answer.body()).isEqualTo("ok,2");
        assertThat(answer.trailers()).isEmpty();
    }

    private record Broken(String phase, AtomicInteger ends) implements Filter {
        private static final HeaderName BREAK = HeaderName.of("x-break");

        private void breakIn(String here, RequestExchange exchange) {
            if (phase.equals(here) && exchange.request().headers().contains(BREAK)) {
                throw new IllegalStateException("broken in " + here);
            }
        }

        @Override
        public Filter forRequest(RequestExchange exchange) {
            breakIn("forRequest", exchange);
            return this;
        }

        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            breakIn("requestHead", exchange);
            return Next.CONTINUE;
        }

        @Override
        public ByteBuf requestBody(RequestExchange exchange, ByteBuf data, boolean end) {
            breakIn("requestBody", exchange);
            return data;
        }

        @Override
        public void chooseUpstream(RequestExchange exchange) {
            breakIn("chooseUpstream", exchange);
        }

        @Override
        public void beforeAttempt(RequestExchange exchange, RequestHead head) {
            breakIn("beforeAttempt", exchange);
        }

        @Override
        public Next responseHead(RequestExchange exchange, ResponseHead head, boolean end) {
            breakIn("responseHead", exchange);
            return Next.CONTINUE;
        }

        @Override
        public ByteBuf responseBody(RequestExchange exchange, ByteBuf data, boolean end) {
            breakIn("responseBody", exchange);
            return data;
        }

        @Override
        public ByteBuf responseTrailers(RequestExchange exchange, Headers trailers) {
            breakIn("responseTrailers", exchange);
            return Unpooled.EMPTY_BUFFER;
        }

        @Override
        public void end(RequestExchange exchange) {
            ends.incrementAndGet();
        }
    }
}
