package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.BodyRate;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The least rate of a request's body is for clients that we wait for, and for nobody else. */
class SlowBodyTest {
    private static final Duration SPAN = Duration.ofSeconds(10);
    private static final Duration SEVERAL_SPANS = SPAN.multipliedBy(5);

    /** By which a deadline may be late. */
    private static final Duration TICK = Duration.ofMillis(20);

    private static final String HEAD = "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final HttpOptions RATED =
            HttpOptions.builder().bodyRate(new BodyRate(1000, SPAN)).build();

    @Test
    void aClientBelowTheRateIsAnsweredWith408AndItsUpstreamCancelled() {
        try (CrankedProxy proxy = new CrankedProxy(RATED)) {
            proxy.ask(HEAD + "\r\nab");
            assertThat(proxy.asked()).endsWith("ab");

            proxy.pass(SPAN.minus(TICK));
            assertThat(proxy.answered()).isEmpty();
            proxy.pass(TICK.multipliedBy(2));

            assertThat(proxy.answered()).startsWith("HTTP/1.1 408 ");
            assertThat(proxy.isOriginConnected()).isFalse();
        }
    }

    @Test
    void aClientThatKeepsTheRateMayTakeItsTime() {
        try (CrankedProxy proxy = new CrankedProxy(RATED)) {
            proxy.ask("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 20000\r\n\r\n");
            for (int i = 0; i < 20; i++) {
                proxy.pass(SPAN.minus(TICK));
                proxy.ask("x".repeat(1000));
            }
            proxy.answer(OK);

            assertThat(proxy.answered()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void anOriginThatDoesNotReadIsNoFaultOfTheClients() {
        try (CrankedProxy proxy = new CrankedProxy(RATED)) {
            proxy.ask("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 1000000\r\n\r\n");
            proxy.stopTaking();
            int sent = 0;
            for (; proxy.isReading(); sent += 10_000) {
                proxy.ask("x".repeat(10_000));
            }

            proxy.pass(SEVERAL_SPANS);
            assertThat(proxy.answered()).isEmpty();
            proxy.takeAgain();
            proxy.ask("x".repeat(1_000_000 - sent)).answer(OK);

            assertThat(proxy.answered()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void aClientThatWaitsForItsInvitationIsNotToBlame() {
        try (CrankedProxy proxy = new CrankedProxy(RATED)) {
            proxy.ask(HEAD + "Expect: 100-continue\r\n\r\n");

            proxy.pass(SEVERAL_SPANS);
            assertThat(proxy.answered()).isEmpty();
            proxy.answer("HTTP/1.1 100 Continue\r\n\r\n");
            assertThat(proxy.answered()).startsWith("HTTP/1.1 100 ");
            proxy.ask("body").answer(OK);

            assertThat(proxy.answered()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void onceInvitedItIs() {
        try (CrankedProxy proxy = new CrankedProxy(RATED)) {
            proxy.ask(HEAD + "Expect: 100-continue\r\n\r\n");
            proxy.answer("HTTP/1.1 100 Continue\r\n\r\n");
            assertThat(proxy.answered()).startsWith("HTTP/1.1 100 ");

            proxy.pass(SPAN.plus(TICK));

            assertThat(proxy.answered()).startsWith("HTTP/1.1 408 ");
        }
    }

    @Test
    void onceTheResponseHasBegunTheRequestMayBeADialogue() {
        assertThatADialogueGoesOn(RATED);
    }

    @Test
    void requestTimeoutEndsWithTheBeginOfTheResponseToo() {
        assertThatADialogueGoesOn(HttpOptions.builder().requestTimeout(SPAN).build());
    }

    private static void assertThatADialogueGoesOn(HttpOptions options) {
        try (CrankedProxy proxy = new CrankedProxy(options)) {
            proxy.ask(HEAD + "\r\n").answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            assertThat(proxy.answered()).startsWith("HTTP/1.1 200 ");

            proxy.pass(SEVERAL_SPANS);
            proxy.ask("body");
            assertThat(proxy.asked()).endsWith("body");
            proxy.answer("2\r\nok\r\n0\r\n\r\n");

            assertThat(proxy.answered()).isEqualTo("2\r\nok\r\n0\r\n\r\n");
        }
    }

    @Test
    void messagesOfGrpcComeWhenTheyCome() {
        assertThatItMayCreep(RATED, "Content-Type: application/grpc\r\n");
    }

    @Test
    void whereAStreamMayBeIdleForEverItsBodyMayCreep() {
        assertThatItMayCreep(RATED.toBuilder().streamIdleTimeout(Duration.ZERO).build(), "");
    }

    private static void assertThatItMayCreep(HttpOptions options, String header) {
        try (CrankedProxy proxy = new CrankedProxy(options)) {
            proxy.ask(HEAD + header + "\r\n");

            proxy.pass(SEVERAL_SPANS);
            assertThat(proxy.answered()).isEmpty();
            proxy.ask("body").answer(OK);

            assertThat(proxy.answered()).startsWith("HTTP/1.1 200 ");
        }
    }
}
