package dev.weft.proxy.listener;

import static dev.weft.proxy.listener.ChainsFixture.GET;
import static dev.weft.proxy.listener.ChainsFixture.answer;
import static dev.weft.proxy.listener.ChainsFixture.http;
import static dev.weft.proxy.listener.ChainsFixture.tcp;
import static dev.weft.proxy.listener.HelloBytes.extension;
import static dev.weft.proxy.listener.HelloBytes.extensions;
import static dev.weft.proxy.listener.HelloBytes.join;
import static dev.weft.proxy.listener.HelloBytes.message;
import static dev.weft.proxy.listener.HelloBytes.records;
import static dev.weft.proxy.listener.HelloBytes.serverName;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.Inspection;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.RawOrigin;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.time.LoopTimer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What hostile and slow clients get where a chain is chosen by the first bytes, and that what was looked at goes on unchanged. */
class TlsInspectorTest {
    private static final Inspection SHORT = new Inspection(Duration.ofMillis(200), false);
    private static final byte[] HELLO = message("a.example", "h2");

    @RegisterExtension
    private final Opened opened = new Opened();

    private final ChainsFixture fixture = new ChainsFixture(opened);

    TlsInspectorTest() throws Exception {}

    /** Passes everything for a.example to an origin that sends back the first bytes it gets, as many as given. */
    private void echo(int bytes) throws IOException {
        RawOrigin echo = opened.open(RawOrigin.following(wire -> wire.send(wire.receive(bytes))));
        ProxyConfig clusters = Setup.listen("127.0.0.1", 0)
                .cluster("echo", "127.0.0.1:" + echo.port())
                .and()
                .passThrough(ChainMatch.serverNames("a.example"), "echo")
                .build();
        fixture.proxy()
                .apply(new ProxyConfig(
                        List.of(Records.with(clusters.listeners().getFirst(), "name", ChainsFixture.LISTENER)),
                        clusters.clusters(),
                        clusters.routeTables()));
    }

    @Test
    void everyByteReachesTheOriginHoweverTheHelloIsCut() throws Exception {
        for (int most : List.of(1, 3, 50, 16384)) {
            byte[] hello = join(records(HELLO, most), "and more".getBytes(StandardCharsets.ISO_8859_1));
            echo(hello.length);
            for (int piece : List.of(1, 7, hello.length)) {
                RawClient client = fixture.plain();
                for (int from = 0; from < hello.length; from += piece) {
                    client.send(Arrays.copyOfRange(hello, from, Math.min(hello.length, from + piece)));
                }
                assertThat(client.receive(hello.length).getBytes(StandardCharsets.ISO_8859_1))
                        .isEqualTo(hello);
            }
        }
    }

    private void choosing(Inspection inspection) {
        fixture.apply(
                inspection,
                null,
                null,
                tcp(ChainMatch.serverNames("a.example"), "origin"),
                http(ChainMatch.ANY.withTransport(ChainMatch.Transport.RAW_BUFFER), "plain", null));
    }

    @Test
    void aHelloThatIsNoneEndsTheConnectionUnanswered() throws Exception {
        choosing(Inspection.DEFAULT);
        byte[] twoNames = message(extensions(serverName("a.example"), serverName("b.example")));

        assertThat(fixture.plain().send(records(twoNames, 16384)).receiveToEnd())
                .isIn("", "[reset]");
        fixture.awaitFailures("malformed", 1);
        assertThat(fixture.origin.connections()).isZero();
    }

    @Test
    void aHelloBeyondTheBoundEndsTheConnection() throws Exception {
        choosing(Inspection.DEFAULT);
        byte[] large = message(extensions(serverName("a.example"), extension(21, new byte[17_000])));

        assertThat(fixture.plain().send(records(large, 1000)).receiveToEnd()).isIn("", "[reset]");
        assertThat(fixture.plain().send(records(large, 16384)).receiveToEnd()).isIn("", "[reset]");
        fixture.awaitFailures("too_large", 2);
    }

    @Test
    void whoSaysTooLittleInTimeIsLetGoHoweverBusy() throws Exception {
        choosing(SHORT);
        RawClient silent = fixture.plain();
        RawClient slow = fixture.plain();
        long begun = System.nanoTime();
        Thread drip = Thread.ofVirtual().start(() -> {
            try {
                for (byte octet : records(HELLO, 1)) {
                    slow.send(new byte[] {octet});
                    Thread.sleep(5); // the pace of a slow client, not a wait for something
                }
            } catch (IOException | InterruptedException closed) {
                // as it should be
            }
        });

        assertThat(silent.receiveToEnd()).isIn("", "[reset]");
        assertThat(slow.receiveToEnd()).isIn("", "[reset]");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(150));
        drip.join();
        fixture.awaitFailures("timeout", 2);
    }

    @Test
    void afterTheTimeItMayBeTakenForPlain() throws Exception {
        RawOrigin greeting = opened.open(RawOrigin.following(wire -> wire.send("220 hello")));
        ProxyConfig clusters = Setup.listen("127.0.0.1", 0).to("127.0.0.1:" + greeting.port());
        fixture.proxy()
                .apply(new ProxyConfig(
                        List.of(new ListenerConfig(
                                ChainsFixture.LISTENER,
                                "127.0.0.1",
                                0,
                                ListenerConfig.Direction.GATEWAY,
                                List.of(
                                        tcp(ChainMatch.serverNames("a.example"), "other"),
                                        tcp(ChainMatch.ANY, "origin")),
                                Optional.empty(),
                                Optional.empty(),
                                new Inspection(Duration.ofMillis(100), true))),
                        clusters.clusters(),
                        Map.of()));

        assertThat(fixture.plain().receive(9)).isEqualTo("220 hello");
        assertThat(fixture.plain().send(new byte[] {22, 3}).receive(9)).isEqualTo("220 hello");
    }

    @Test
    void theTimeEndsWithTheChoice() throws Exception {
        choosing(SHORT);
        RawClient client = fixture.plain().send("GET / HTTP/1.1\r\n");
        fixture.plain().receiveToEnd(); // so the time of one that came later is over

        assertThat(client.send("Host: any\r\n\r\n").response().body()).isEqualTo("plain");
    }

    @Test
    void itIsWaitedForBehindAPROXYHeaderToo() throws Exception {
        fixture.apply(SHORT, ProxyProtocol.REQUIRED, null, tcp(ChainMatch.serverNames("a.example"), "origin"));
        RawClient client = fixture.plain().send("PROXY TCP4 203.0.113.7 198.51.100.1 56324 443\r\n");

        assertThat(client.receiveToEnd()).isIn("", "[reset]");
        fixture.awaitFailures("timeout", 1);
    }

    @Test
    void whatCameBeforeHasTakenOfTheSameTime() {
        MockTicker ticker = Ticker.newMockTicker();
        EmbeddedChannel channel = EmbeddedChannel.builder().ticker(ticker).build();
        List<ChainFailures.Reason> failures = new ArrayList<>();
        long waited = Duration.ofSeconds(14).toNanos();
        channel.pipeline()
                .addLast(new TlsInspector(
                        Inspection.DEFAULT, waited, new LoopTimer(channel.eventLoop()), hello -> {}, failures::add));

        ticker.advance(900, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(failures).isEmpty();
        ticker.advance(200, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(failures).containsExactly(ChainFailures.Reason.TIMEOUT);
        assertThat(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }

    @Test
    void whoLeavesBeforeIsCounted() throws Exception {
        choosing(Inspection.DEFAULT);
        RawClient client = fixture.plain().send(new byte[] {22, 3, 1});
        client.shutdownOutput();

        assertThat(client.receiveToEnd()).isIn("", "[reset]");
        fixture.awaitFailures("closed", 1);
    }

    @Test
    void randomBytesReachTheOriginOnlyWithItsName() throws Exception {
        choosing(Inspection.DEFAULT);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            byte[] bytes = records(HELLO, 16384);
            bytes[random.nextInt(3)] ^= (byte) (8 + random.nextInt(240)); // no longer a record
            RawClient client = fixture.plain();
            client.send(bytes).send(GET).shutdownOutput();
            assertThat(client.receiveToEnd())
                    .as("seed %d: %s", seed, HexFormat.of().formatHex(bytes))
                    .doesNotContain("origin");
        }
        assertThat(fixture.origin.connections()).isZero();
        assertThat(answer(fixture.plain())).isEqualTo("plain");
    }
}
