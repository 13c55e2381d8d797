package dev.weft.proxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FilterChainTest {
    private final FakeExchange exchange = new FakeExchange();

    @Test
    void requestsPassInOrderAndResponsesInReverse() {
        FilterChain chain = FilterChain.of(List.of(new Stamp("a"), new Stamp("b")), new FilterFaults(() -> 0));
        Filter[] instances = chain.begin(exchange);

        chain.requestHead(instances, exchange, exchange.request(), true, 0);
        ByteBuf up = chain.requestBody(instances, exchange, text(""), true);
        ByteBuf down = chain.responseBody(instances, exchange, text(""), true);

        assertThat(exchange.request().headers().toString()).isEqualTo("x: a\nx: b\n");
        assertThat(up.toString(StandardCharsets.US_ASCII)).isEqualTo("ab");
        assertThat(down.toString(StandardCharsets.US_ASCII)).isEqualTo("ba");
        up.release();
        down.release();
    }

    @Test
    void aFilterThatWaitsIsPassedWhenItProceeds() {
        Filter waits = new Filter() {
            @Override
            public Next requestHead(RequestExchange x, RequestHead head, boolean end) {
                return Next.WAIT;
            }
        };
        FilterChain chain = FilterChain.of(List.of(new Stamp("a"), waits, new Stamp("b")), new FilterFaults(() -> 0));
        Filter[] instances = chain.begin(exchange);

        int position = chain.requestHead(instances, exchange, exchange.request(), true, 0);
        assertThat(exchange.request().headers().toString()).isEqualTo("x: a\n");
        assertThat(chain.requestHead(instances, exchange, exchange.request(), true, position))
                .isEqualTo(FilterChain.PASSED);
        assertThat(exchange.request().headers().toString()).isEqualTo("x: a\nx: b\n");
    }

    @Test
    void aFilterThatThrowsFailsItsRequestAndNoMore() {
        Filter broken = new Filter() {
            @Override
            public Next requestHead(RequestExchange x, RequestHead head, boolean end) {
                throw new IllegalStateException("broken");
            }
        };
        FilterChain chain = FilterChain.of(List.of(broken, new Stamp("b")), new FilterFaults(() -> 0));

        assertThat(chain.requestHead(chain.begin(exchange), exchange, exchange.request(), true, 0))
                .isEqualTo(FilterChain.STOPPED);
        assertThat(exchange.failure()).isNotNull();
        assertThat(exchange.failure().reason()).contains("broken");
        assertThat(exchange.request().headers().isEmpty()).isTrue();
    }

    @Test
    void eachRequestHasItsOwnState() {
        FilterChain chain = FilterChain.of(List.of(new Counting(0)), new FilterFaults(() -> 0));
        Filter[] first = chain.begin(exchange);
        Filter[] second = chain.begin(exchange);
        chain.requestBody(first, exchange, text("12345"), false).release();
        chain.requestBody(first, exchange, text("678"), true).release();
        chain.requestBody(second, exchange, text("1"), true).release();

        assertThat(((Counting) first[0]).bytes).isEqualTo(8);
        assertThat(((Counting) second[0]).bytes).isEqualTo(1);
    }

    @Test
    void aChainOfFiltersWithoutStateMakesNothingPerRequest() {
        FilterChain chain = FilterChain.of(List.of(new Stamp("a")), new FilterFaults(() -> 0));

        assertThat(chain.begin(exchange)).isSameAs(chain.begin(exchange));
    }

    @Test
    void aRequestIdIsMadeAndAStrangersIsNotTrusted() {
        exchange.request().headers().add(HeaderName.X_REQUEST_ID, "mine");
        new RequestIdFilter(true).requestHead(exchange, exchange.request(), true);
        assertThat(exchange.request().headers().get(HeaderName.X_REQUEST_ID)).isEqualTo("mine");

        new RequestIdFilter(false).requestHead(exchange, exchange.request(), true);
        assertThat(exchange.request().headers().get(HeaderName.X_REQUEST_ID))
                .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    }

    @Test
    void aRequestIdIsAUuidOfVersionFourWhoseOtherBitsAreRandom() {
        Random same = new Random(FakeExchange.SEED);
        for (int i = 0; i < 100; i++) {
            new RequestIdFilter(false).requestHead(exchange, exchange.request(), true);

            UUID expected = new UUID(
                    (same.nextLong() & ~0xF000L) | 0x4000L,
                    (same.nextLong() & ~0xC000_0000_0000_0000L) | Long.MIN_VALUE);
            assertThat(exchange.request().headers().get(HeaderName.X_REQUEST_ID))
                    .isEqualTo(expected.toString());
        }
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private record Stamp(String name) implements Filter {
        @Override
        public Next requestHead(RequestExchange x, RequestHead head, boolean end) {
            head.headers().add("x", name);
            return Next.CONTINUE;
        }

        @Override
        public ByteBuf requestBody(RequestExchange x, ByteBuf data, boolean end) {
            return Unpooled.wrappedBuffer(data, text(name));
        }

        @Override
        public Next responseHead(RequestExchange x, ResponseHead head, boolean end) {
            head.headers().add("x", name);
            return Next.CONTINUE;
        }

        @Override
        public ByteBuf responseBody(RequestExchange x, ByteBuf data, boolean end) {
            return Unpooled.wrappedBuffer(data, text(name));
        }
    }

    private static final class Counting implements Filter {
        private int bytes;

        Counting(int bytes) {
            this.bytes = bytes;
        }

        @Override
        public Filter forRequest(RequestExchange x) {
            return new Counting(0);
        }

        @Override
        public ByteBuf requestBody(RequestExchange x, ByteBuf data, boolean end) {
            bytes += data.readableBytes();
            return data;
        }
    }
}
