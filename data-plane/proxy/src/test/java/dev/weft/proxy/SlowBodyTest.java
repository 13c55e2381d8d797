package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.HttpOptions.BodyRate;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The least rate of a request's body is for clients that we wait for, and for nobody else. */
class SlowBodyTest {
    private static final Duration SPAN = Duration.ofMillis(200);
    private static final long SEVERAL_SPANS_MILLIS = 900;
    private static final String HEAD = "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @RegisterExtension
    private final Opened opened = new Opened();

    private HttpOptions options =
            HttpOptions.builder().bodyRate(new BodyRate(1000, SPAN)).build();

    @Test
    void aClientBelowTheRateIsAnsweredWith408AndItsUpstreamCancelled() throws Exception {
        CountDownLatch cancelled = new CountDownLatch(1);
        RawClient client = client(wire -> {
            wire.requestHead();
            wire.receiveToEnd();
            cancelled.countDown();
        });

        assertThat(client.send(HEAD + "\r\nab").response().status()).isEqualTo(408);
        cancelled.await();
    }

    @Test
    void aClientThatKeepsTheRateMayTakeItsTime() throws Exception {
        RawClient client = client(wire -> {
            wire.request();
            wire.send(OK);
        });
        client.send("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 20000\r\n\r\n");
        for (int i = 0; i < 20; i++) {
            Thread.sleep(SEVERAL_SPANS_MILLIS / 20);
            client.send("x".repeat(1000));
        }

        assertThat(client.response().status()).isEqualTo(200);
    }

    @Test
    void anOriginThatDoesNotReadIsNoFaultOfTheClients() throws Exception {
        byte[] large = new byte[16 << 20];
        Arrays.fill(large, (byte) 'x');
        RawClient client = client(wire -> {
            wire.requestHead();
            pause();
            for (int left = large.length; left > 0; left -= 1 << 16) {
                wire.receive(1 << 16);
            }
            wire.send(OK);
        });
        client.send("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: " + large.length + "\r\n\r\n");
        client.send(large);

        assertThat(client.response().status()).isEqualTo(200);
    }

    @Test
    void aClientThatWaitsForItsInvitationIsNotToBlame() throws Exception {
        RawClient client = client(wire -> {
            wire.requestHead();
            pause();
            wire.send("HTTP/1.1 100 Continue\r\n\r\n");
            wire.receive(4);
            wire.send(OK);
        });

        assertThat(client.send(HEAD + "Expect: 100-continue\r\n\r\n").response().status())
                .isEqualTo(100);
        assertThat(client.send("body").response().status()).isEqualTo(200);
    }

    @Test
    void onceTheResponseHasBegunTheRequestMayBeADialogue() throws Exception {
        assertThatADialogueGoesOn();
    }

    @Test
    void requestTimeoutEndsWithTheBeginOfTheResponseToo() throws Exception {
        options = HttpOptions.builder().requestTimeout(SPAN).build();

        assertThatADialogueGoesOn();
    }

    private void assertThatADialogueGoesOn() throws IOException {
        RawClient client = client(wire -> {
            wire.requestHead();
            wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            wire.receive(4);
            wire.send("2\r\nok\r\n0\r\n\r\n");
        });
        client.send(HEAD + "\r\n");
        assertThat(client.responseHead().status()).isEqualTo(200);
        pause();
        client.send("body");

        assertThat(client.receive(12)).isEqualTo("2\r\nok\r\n0\r\n\r\n");
    }

    @Test
    void messagesOfGrpcComeWhenTheyCome() throws Exception {
        RawClient client = client(wire -> {
            wire.requestHead();
            wire.receive(4);
            wire.send(OK);
        });
        client.send(HEAD + "Content-Type: application/grpc\r\n\r\n");
        pause();

        assertThat(client.send("body").response().status()).isEqualTo(200);
    }

    @Test
    void whereAStreamMayBeIdleForEverItsBodyMayCreep() throws Exception {
        options = options.toBuilder().streamIdleTimeout(Duration.ZERO).build();
        RawClient client = client(wire -> {
            wire.requestHead();
            wire.receive(4);
            wire.send(OK);
        });
        client.send(HEAD + "\r\n");
        pause();

        assertThat(client.send("body").response().status()).isEqualTo(200);
    }

    /** Real time passes: what is tested is that nothing happens in it. */
    private static void pause() {
        try {
            Thread.sleep(SEVERAL_SPANS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private RawClient client(RawOrigin.Script script) throws IOException {
        RawOrigin origin = opened.open(RawOrigin.following(script));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0).options(options).to("127.0.0.1:" + origin.port()));
        return opened.open(RawClient.connect(proxy.address("http")));
    }
}
