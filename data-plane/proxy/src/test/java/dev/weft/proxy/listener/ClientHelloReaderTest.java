package dev.weft.proxy.listener;

import static dev.weft.proxy.listener.HelloBytes.alpn;
import static dev.weft.proxy.listener.HelloBytes.entry;
import static dev.weft.proxy.listener.HelloBytes.extension;
import static dev.weft.proxy.listener.HelloBytes.extensions;
import static dev.weft.proxy.listener.HelloBytes.handshake;
import static dev.weft.proxy.listener.HelloBytes.join;
import static dev.weft.proxy.listener.HelloBytes.message;
import static dev.weft.proxy.listener.HelloBytes.nameList;
import static dev.weft.proxy.listener.HelloBytes.number;
import static dev.weft.proxy.listener.HelloBytes.record;
import static dev.weft.proxy.listener.HelloBytes.records;
import static dev.weft.proxy.listener.HelloBytes.serverName;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.listener.ClientHelloReader.BadHello;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.util.concurrent.Future;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read from the first bytes of a connection, byte by byte. */
class ClientHelloReaderTest {
    private static final byte[] HELLO = message("a.example", "h2", "http/1.1");
    private static final ClientHello READ = new ClientHello(true, "a.example", List.of("h2", "http/1.1"));

    private static @Nullable ClientHello read(byte[] bytes) throws BadHello {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        ClientHello hello = new ClientHelloReader().read(in);
        assertThat(in.readerIndex()).isZero();
        return hello;
    }

    /** As a connection brings them, one after the other. */
    private static @Nullable ClientHello readSlowly(byte[] bytes) throws BadHello {
        ClientHelloReader reader = new ClientHelloReader();
        ByteBuf in = Unpooled.buffer();
        for (byte octet : bytes) {
            ClientHello hello = reader.read(in.writeByte(octet));
            if (hello != null) {
                return hello;
            }
        }
        return null;
    }

    private static void assertBad(byte[] bytes, ChainFailures.Reason reason) {
        assertThatThrownBy(() -> read(bytes)).isInstanceOf(BadHello.class).hasMessage(reason.label());
        assertThatThrownBy(() -> readSlowly(bytes)).isInstanceOf(BadHello.class).hasMessage(reason.label());
    }

    @Test
    void theNameAndTheProtocolsAreReadAndNothingIsConsumed() throws BadHello {
        assertThat(read(records(HELLO, 16384))).isEqualTo(READ);
        assertThat(read(join(records(HELLO, 16384), new byte[50_000]))).isEqualTo(READ);
        assertThat(read(records(message("A.Example"), 16384))).isEqualTo(new ClientHello(true, "a.example", List.of()));
    }

    @Test
    void aHelloMayHaveNeither() throws BadHello {
        ClientHello bare = new ClientHello(true, "", List.of());

        assertThat(read(records(message(new byte[0]), 16384))).isEqualTo(bare);
        assertThat(read(records(message(extensions()), 16384))).isEqualTo(bare);
        assertThat(read(records(
                        message(extensions(extension(0x3a3a, new byte[1]), extension(43, new byte[3]))), 16384)))
                .isEqualTo(bare);
    }

    @Test
    void itMayComeInRecordsAndPiecesOfAnySize() throws BadHello {
        for (int most = 1; most <= HELLO.length; most++) {
            byte[] bytes = records(HELLO, most);
            assertThat(read(bytes)).as("records of %d", most).isEqualTo(READ);
            assertThat(readSlowly(bytes)).as("records of %d", most).isEqualTo(READ);
            assertThat(read(Arrays.copyOf(bytes, bytes.length - 1))).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "47", // G
                "50524920", // PRI
                "16 02", // SSL 2 and less
                "16 04",
                "16 03 05",
                "16 03 01 00 2a 02", // a ServerHello
                "15 03 01 00 02 01", // an alert
                "17 03 03 00 20 01", // data
                "80 2e 01 03 01", // the hello of SSL 2
                "00"
            })
    void whatIsNoTlsIsKnownByTheFirstByteThatCannotBe(String hex) throws BadHello {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));

        assertThat(read(bytes)).isEqualTo(ClientHello.NONE);
        assertThat(readSlowly(bytes)).isEqualTo(ClientHello.NONE);
        if (bytes[0] == 22) {
            assertThat(read(Arrays.copyOf(bytes, bytes.length - 1))).isNull();
        }
    }

    static Stream<Arguments> broken() {
        byte[] head = join(new byte[] {3, 3}, new byte[32]);
        byte[] rest = {0, 2, 0x13, 1, 1, 0};
        return Stream.of(
                Arguments.of("too short for a random", handshake(1, new byte[33])),
                Arguments.of("a long session id", handshake(1, join(head, new byte[] {33}, new byte[33], rest))),
                Arguments.of("a session id beyond the end", handshake(1, join(head, new byte[] {32}, new byte[5]))),
                Arguments.of("no cipher suite", handshake(1, join(head, new byte[] {0, 0, 0, 1, 0}))),
                Arguments.of("half a cipher suite", handshake(1, join(head, new byte[] {0, 0, 3, 1, 1, 1, 1, 0}))),
                Arguments.of("no compression", handshake(1, join(head, new byte[] {0, 0, 2, 0x13, 1, 0}))),
                Arguments.of("extensions too long", message(new byte[] {0, 9, 0, 43, 0, 0})),
                Arguments.of("extensions too short", message(new byte[] {0, 3, 0, 43, 0, 0})),
                Arguments.of("bytes behind the extensions", message(join(extensions(serverName("a")), new byte[1]))),
                Arguments.of("an extension beyond the end", message(extensions(new byte[] {0, 43, 0, 1}))),
                Arguments.of("two names by extensions", message(extensions(serverName("a"), serverName("b")))),
                Arguments.of("a second alpn", message(extensions(alpn("h2"), alpn("x")))),
                Arguments.of("two names", message(extensions(extension(0, nameList(entry(0, "a"), entry(0, "b")))))),
                Arguments.of("another kind of name", message(extensions(extension(0, nameList(entry(1, "a")))))),
                Arguments.of("no name", message(extensions(extension(0, nameList())))),
                Arguments.of("an empty name", message(extensions(serverName("")))),
                Arguments.of("an empty name extension", message(extensions(extension(0, new byte[0])))),
                Arguments.of("a name of 256", message(extensions(serverName("a".repeat(256))))),
                Arguments.of("a NUL", message(extensions(serverName("a.example\0.b")))),
                Arguments.of("a star", message(extensions(serverName("*.example")))),
                Arguments.of("beyond ASCII", message(extensions(serverName("\u00e4.example")))),
                Arguments.of("a name list too long", message(extensions(extension(0, new byte[] {0, 5, 0, 0, 1, 97})))),
                Arguments.of("an empty alpn", message(extensions(extension(16, new byte[] {0, 0})))),
                Arguments.of("an empty protocol", message(extensions(extension(16, new byte[] {0, 1, 0})))),
                Arguments.of("a protocol too long", message(extensions(extension(16, new byte[] {0, 2, 2, 104})))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void whatBeganAsTlsMustBeWholeAndExact(String what, byte[] message) {
        assertBad(records(message, 16384), ChainFailures.Reason.MALFORMED);
        assertBad(records(message, 7), ChainFailures.Reason.MALFORMED);
    }

    @Test
    void everyRecordUpToItsEndIsOfTheHandshake() {
        byte[] part = records(Arrays.copyOf(HELLO, 20), 20);
        byte[] rest = Arrays.copyOfRange(HELLO, 20, HELLO.length);

        assertBad(join(part, record(21, rest)), ChainFailures.Reason.MALFORMED);
        assertBad(join(part, record(22, new byte[0]), record(22, rest)), ChainFailures.Reason.MALFORMED);
        assertBad(join(part, new byte[] {22, 2, 1, 0, 1, 0}), ChainFailures.Reason.MALFORMED);
    }

    @Test
    void whatIsLargerThanAnyHelloIsNotWaitedFor() throws BadHello {
        byte[] filled = message(extensions(serverName("a.example"), extension(21, new byte[16_000])));

        assertThat(read(records(filled, 16384))).isEqualTo(new ClientHello(true, "a.example", List.of()));
        assertBad(records(filled, 100), ChainFailures.Reason.TOO_LARGE);
        assertBad(join(new byte[] {22, 3, 1}, number(2, 16_384), new byte[] {1}), ChainFailures.Reason.TOO_LARGE);
        assertBad(records(join(new byte[] {1}, number(3, 70_000)), 16384), ChainFailures.Reason.TOO_LARGE);
    }

    @Test
    void noBytesAtAllBringItToAnythingElse() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        byte[] whole = records(HELLO, 16384);
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = whole.clone();
            for (int changes = random.nextInt(1, 5); changes > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            assertThat(outcome(bytes, false))
                    .as("seed %d: %s", seed, HexFormat.of().formatHex(bytes))
                    .isEqualTo(outcome(bytes, true));
        }
    }

    private static String outcome(byte[] bytes, boolean slowly) {
        try {
            return String.valueOf(slowly ? readSlowly(bytes) : read(bytes));
        } catch (BadHello bad) {
            return bad.reason().label();
        }
    }

    /** A server behind this may not read another name than the one that the connection was given away by. */
    @Test
    void whateverIsTakenHasTheSameNameForNetty() throws BadHello {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        byte[] odd = message(extensions(extension(0x2a2a, new byte[3]), serverName("a.example"), alpn("h2")));
        int taken = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = records(random.nextBoolean() ? HELLO : odd, random.nextBoolean() ? 16384 : 40);
            for (int changes = random.nextInt(1, 3); changes > 0; changes--) {
                int at = random.nextInt(bytes.length);
                bytes[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : bytes[at] + random.nextInt(-2, 3));
            }
            ClientHello hello;
            try {
                hello = read(bytes);
            } catch (BadHello bad) {
                continue;
            }
            if (hello != null && hello.isTls()) {
                taken++;
                assertThat(nameForNetty(bytes))
                        .as("seed %d: %s", seed, HexFormat.of().formatHex(bytes))
                        .isEqualTo(hello.serverName());
            }
        }
        assertThat(taken).isGreaterThan(1_000);
    }

    private static String nameForNetty(byte[] bytes) {
        StringBuilder found = new StringBuilder("nothing");
        EmbeddedChannel channel = new EmbeddedChannel(new AbstractSniHandler<Void>() {
            @Override
            protected Future<Void> lookup(ChannelHandlerContext context, String hostname) {
                found.setLength(0);
                found.append(hostname == null ? "" : hostname);
                return context.executor().newSucceededFuture(null);
            }

            @Override
            protected void onLookupComplete(ChannelHandlerContext context, String hostname, Future<Void> future) {
                context.pipeline().remove(this);
            }
        });
        channel.writeInbound(Unpooled.wrappedBuffer(bytes));
        channel.finishAndReleaseAll();
        return found.toString();
    }

    @Test
    void theJdksOwnIsRead() throws Exception {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName("jdk.example")));
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        engine.setSSLParameters(parameters);
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), out);

        assertThat(read(Arrays.copyOf(out.array(), out.position())))
                .isEqualTo(new ClientHello(true, "jdk.example", List.of("h2", "http/1.1")));
    }

    @Test
    void oddProtocolsAreReadByteForByte() throws BadHello {
        String grease = new String(new byte[] {(byte) 0x8a, (byte) 0x8a}, StandardCharsets.ISO_8859_1);

        assertThat(read(records(message("a", grease, "h2"), 16384)))
                .isEqualTo(new ClientHello(true, "a", List.of(grease, "h2")));
    }
}
