package dev.weft.proxy.filter;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.testing.FilteredProxy;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawMessage;
import dev.weft.proxy.testing.RawOrigin;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.internal.OutOfDirectMemoryError;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** A filter that throws, an exception or an error, costs its own request a 500, in whichever phase, and no other request anything. */
class FailingFilterTest {
    private static final String OK =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 2\r\n\r\n";
    private static final String BREAKING =
            "POST / HTTP/1.1\r\nHost: web\r\nX-Break: yes\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "4\r\nbody\r\n0\r\nx-mine: 1\r\n\r\n";
    private static final String HARMLESS = "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n\r\nbody";

    /** What can come out of a filter's method. */
    enum Fault {
        EXCEPTION,
        ASSERTION,
        ENDLESS_RECURSION,
        MISSING_CLASS,
        NO_DIRECT_MEMORY,
        /** Not thrown, but no answer either. */
        NULL,
        NO_HEAP;

        /** Returns whether null is to be returned. */
        boolean occur() {
            switch (this) {
                case EXCEPTION -> throw new IllegalStateException("broken");
                case ASSERTION -> throw new AssertionError("broken");
                case ENDLESS_RECURSION -> occurAgain(0);
                case MISSING_CLASS -> throw new NoClassDefFoundError("org/example/Missing");
                case NO_DIRECT_MEMORY -> throw directMemory();
                case NO_HEAP -> throw new OutOfMemoryError("Java heap space");
                case NULL -> {
                    return true;
                }
            }
            return true;
        }

        @SuppressWarnings("InfiniteRecursion") // that is what it is about
        private int occurAgain(int depth) {
            return occurAgain(depth + 1) + 1;
        }

        /** As Netty throws it; it cannot be made elsewhere. */
        private static Error directMemory() {
            try {
                var constructor = OutOfDirectMemoryError.class.getDeclaredConstructor(String.class);
                constructor.setAccessible(true);
                return constructor.newInstance("failed to allocate");
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @RegisterExtension
    private final Opened opened = new Opened();

    private static Stream<Arguments> beforeTheResponse() {
        return Stream.of(
                        "forRequest",
                        "requestHead",
                        "requestBody",
                        "requestTrailers",
                        "chooseUpstream",
                        "beforeAttempt",
                        "responseHead")
                .flatMap(phase -> Stream.of(Fault.values())
                        .filter(fault -> fault != Fault.NO_HEAP)
                        .filter(fault -> fault != Fault.NULL
                                || (!phase.equals("chooseUpstream") && !phase.equals("beforeAttempt")))
                        .map(fault -> Arguments.of(phase, fault)));
    }

    @ParameterizedTest
    @MethodSource("beforeTheResponse")
    void itsRequestIsAnsweredWith500AndTheConnectionGoesOn(String phase, Fault fault) throws IOException {
        AtomicInteger ends = new AtomicInteger();
        FilteredProxy proxy = FilteredProxy.with(opened, (FilterPolicy) () -> new Broken(phase, fault, ends), OK);
        RawClient client = proxy.client();

        RawMessage failed = client.send(BREAKING).response();
        RawMessage other = client.send(HARMLESS).response();

        assertThat(failed.status()).isEqualTo(500);
        assertThat(failed.body()).isEqualTo("internal error\n");
        assertThat(other.status()).isEqualTo(200);
        assertThat(other.body()).isEqualTo("ok");
        assertThat(ends).hasValue(phase.equals("forRequest") ? 1 : 2);
    }

    private static Stream<Arguments> inTheResponse() {
        return Stream.of("responseBody", "responseTrailers")
                .flatMap(phase -> Stream.of(Fault.values()).map(fault -> Arguments.of(phase, fault)));
    }

    @ParameterizedTest
    @MethodSource("inTheResponse")
    void aResponseThatHasBegunIsCutOff(String phase, Fault fault) throws IOException {
        FilteredProxy proxy =
                FilteredProxy.with(opened, (FilterPolicy) () -> new Broken(phase, fault, new AtomicInteger()), OK);

        String answer = proxy.client()
                .send("GET / HTTP/1.1\r\nHost: web\r\nX-Break: yes\r\n\r\n")
                .receiveToEnd();

        assertThat(answer).doesNotContain("0\r\n\r\n").doesNotContain("x-sum");
        assertThat(proxy.get("").trailers()).isEqualTo("x-sum: 2\r\n");
    }

    private static Stream<Arguments> atTheEnd() {
        return Stream.of("localResponse", "failure", "end")
                .flatMap(phase -> Stream.of(Fault.values())
                        .filter(fault -> fault != Fault.NULL)
                        .map(fault -> Arguments.of(phase, fault)));
    }

    @ParameterizedTest
    @MethodSource("atTheEnd")
    void whatIsSaidAtTheEndChangesNothingForTheClient(String phase, Fault fault) throws IOException {
        AtomicInteger ends = new AtomicInteger();
        FilteredProxy proxy = FilteredProxy.with(opened, (FilterPolicy) () -> new Broken(phase, fault, ends), wire -> {
            wire.request();
            wire.send("nonsense\r\n\r\n");
        });
        RawClient client = proxy.client();

        assertThat(client.send(BREAKING).response().status()).isEqualTo(502);
        assertThat(client.send(BREAKING).response().status()).isEqualTo(502);
        assertThat(ends).hasValue(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"EXCEPTION", "ASSERTION", "NO_HEAP"})
    void itIsToldWhichFilterItWas(Fault fault) throws IOException {
        CollectorRegistry registry = new CollectorRegistry();
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        Proxy proxy = opened.open(Proxy.builder()
                .loops(1)
                .metrics(registry)
                .filter(new Broken("requestHead", fault, new AtomicInteger()))
                .build());
        proxy.apply(Setup.listen("127.0.0.1", 0).to("127.0.0.1:" + origin.port()));
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.list = new CopyOnWriteArrayList<>();
        log.start();
        Logger logger = (Logger) LoggerFactory.getLogger(FilterFaults.class);
        logger.addAppender(log);
        try {
            RawClient client = opened.open(RawClient.connect(proxy.address("http")));
            assertThat(client.send(BREAKING).response().status()).isEqualTo(500);
        } finally {
            logger.detachAppender(log);
        }

        assertThat(log.list).singleElement().satisfies(event -> {
            assertThat(event.getFormattedMessage()).contains("Broken");
            assertThat(event.getThrowableProxy()).isNotNull();
        });
        assertThat(registry.getSampleValue(
                        "weft_failures_total", new String[] {"reason"}, new String[] {"filter_failed"}))
                .isEqualTo(1.0);
        assertThat(registry.getSampleValue(
                        "weft_filter_failures_total", new String[] {"filter"}, new String[] {"Broken"}))
                .isEqualTo(1.0);
    }

    @Test
    void anEmptyHeapEndsTheConnectionTooButNoOther() throws IOException {
        FilteredProxy proxy = FilteredProxy.with(
                opened, (FilterPolicy) () -> new Broken("requestHead", Fault.NO_HEAP, new AtomicInteger()), OK);
        RawClient client = proxy.client();
        RawClient other = proxy.client();

        assertThat(client.send(BREAKING).response().status()).isEqualTo(500);
        assertThat(client.receiveToEnd()).isIn("", "[reset]");
        assertThat(other.send(HARMLESS).response().status()).isEqualTo(200);
    }

    @Test
    void noFilterSeesMoreOfTheBodyOfARequestThatHasFailed() throws IOException {
        AtomicInteger late = new AtomicInteger();
        FilterPolicy policy = () -> new Filter() {
            @Override
            public ByteBuf responseBody(RequestExchange exchange, ByteBuf data, boolean end) {
                late.addAndGet(exchange.isOver() ? 1 : 0);
                return data;
            }
        };
        RawOrigin origin = opened.open(RawOrigin.answering(OK));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .filter("last", policy)
                .filter("first", (FilterPolicy) () -> new Broken("responseBody", Fault.EXCEPTION, new AtomicInteger()))
                .to("127.0.0.1:" + origin.port()));

        opened.open(RawClient.connect(proxy.address("http"))).send(BREAKING).receiveToEnd();

        assertThat(late).hasValue(0);
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

    private record Broken(String phase, Fault fault, AtomicInteger ends) implements Filter {
        private static final HeaderName BREAK = HeaderName.of("x-break");

        /** Whether null is to be returned. */
        private boolean breaks(String here, RequestExchange exchange) {
            return phase.equals(here) && exchange.request().headers().contains(BREAK) && fault.occur();
        }

        @Override
        @SuppressWarnings("NullAway") // what a filter is not allowed to do
        public Filter forRequest(RequestExchange exchange) {
            return breaks("forRequest", exchange) ? null : this;
        }

        @Override
        @SuppressWarnings("NullAway")
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            return breaks("requestHead", exchange) ? null : Next.CONTINUE;
        }

        @Override
        @SuppressWarnings("NullAway")
        public ByteBuf requestBody(RequestExchange exchange, ByteBuf data, boolean end) {
            return breaks("requestBody", exchange) ? null : data;
        }

        @Override
        @SuppressWarnings("NullAway")
        public ByteBuf requestTrailers(RequestExchange exchange, Headers trailers) {
            return breaks("requestTrailers", exchange) ? null : Unpooled.EMPTY_BUFFER;
        }

        @Override
        public void chooseUpstream(RequestExchange exchange) {
            breaks("chooseUpstream", exchange);
        }

        @Override
        public void beforeAttempt(RequestExchange exchange, RequestHead head) {
            breaks("beforeAttempt", exchange);
        }

        @Override
        @SuppressWarnings("NullAway")
        public Next responseHead(RequestExchange exchange, ResponseHead head, boolean end) {
            return breaks("responseHead", exchange) ? null : Next.CONTINUE;
        }

        @Override
        @SuppressWarnings("NullAway")
        public ByteBuf responseBody(RequestExchange exchange, ByteBuf data, boolean end) {
            return breaks("responseBody", exchange) ? null : data;
        }

        @Override
        @SuppressWarnings("NullAway")
        public ByteBuf responseTrailers(RequestExchange exchange, Headers trailers) {
            return breaks("responseTrailers", exchange) ? null : Unpooled.EMPTY_BUFFER;
        }

        @Override
        public void localResponse(RequestExchange exchange, ResponseHead head) {
            breaks("localResponse", exchange);
        }

        @Override
        public void failure(RequestExchange exchange, ProxyFailure failure) {
            breaks("failure", exchange);
        }

        @Override
        public void end(RequestExchange exchange) {
            ends.incrementAndGet();
            breaks("end", exchange);
        }
    }
}
