package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.http.CodecFields;
import dev.weft.proxy.http.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

/** Header blocks: the examples of RFC 7541, appendix C, and what a decoder must refuse. */
final class HpackTest {
    private final HpackDecoder decoder = new HpackDecoder(4096);

    @Test
    void readsTheRequestsOfAppendixC3() throws Http2Failure {
        assertThat(decode("828684410f7777772e6578616d706c652e636f6d"))
                .containsExactly(":method=GET", ":scheme=http", ":path=/", ":authority=www.example.com");
        assertThat(decode("828684be58086e6f2d6361636865"))
                .containsExactly(
                        ":method=GET",
                        ":scheme=http",
                        ":path=/",
                        ":authority=www.example.com",
                        "cache-control=no-cache");
        assertThat(decode("828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"))
                .containsExactly(
                        ":method=GET",
                        ":scheme=https",
                        ":path=/index.html",
                        ":authority=www.example.com",
                        "custom-key=custom-value");
        assertThat(decoder.tableBytes()).isEqualTo(164);
    }

    @Test
    void readsTheHuffmanCodedRequestsOfAppendixC4() throws Http2Failure {
        assertThat(decode("828684418cf1e3c2e5f23a6ba0ab90f4ff")).contains(":authority=www.example.com");
        assertThat(decode("828684be5886a8eb10649cbf")).contains("cache-control=no-cache");
        assertThat(decode("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")).contains("custom-key=custom-value");
        assertThat(decoder.tableBytes()).isEqualTo(164);
    }

    /** A ring that holds on to what is out of the table would hold a whole table's size in each of its places. */
    @Test
    void letsGoOfWhatItEvicts() throws Http2Failure {
        List<WeakReference<byte[]>> fields = new ArrayList<>();
        HpackDecoder.Sink sink = (name, nameAt, nameLength, value, valueAt, valueLength) -> {
            if (value.length == 1 + 3968) { // the table's own
                fields.add(new WeakReference<>(value));
            }
        };
        for (int i = 0; i < 8; i++) {
            ByteBuf block = Unpooled.buffer();
            block.writeByte(0x40)
                    .writeByte(1)
                    .writeByte('x')
                    .writeByte(127)
                    .writeByte(0x81)
                    .writeByte(0x1e);
            block.writeZero(3968).writeByte(0x80 | 62);
            byte[] bytes = new byte[block.readableBytes()];
            block.readBytes(bytes);
            decoder.decode(bytes, 0, bytes.length, sink);
        }
        System.gc();
        assertThat(fields).as("each as it is added, and by its index").hasSize(16);
        assertThat(fields.stream().filter(field -> field.get() != null)).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void evictsAsInAppendixC6() throws Http2Failure {
        HpackDecoder small = new HpackDecoder(256);
        List<String> first = decode(
                small,
                "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3");
        assertThat(first)
                .containsExactly(
                        ":status=302",
                        "cache-control=private",
                        "date=Mon, 21 Oct 2013 20:13:21 GMT",
                        "location=https://www.example.com");
        assertThat(decode(small, "4883640effc1c0bf")).contains(":status=307", "location=https://www.example.com");
        assertThat(
                        decode(
                                small,
                                "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"))
                .contains(
                        ":status=200",
                        "content-encoding=gzip",
                        "set-cookie=foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
        assertThat(small.tableBytes()).isEqualTo(215);
    }

    @Test
    void refusesWhatIsNoBlock() {
        assertRefused("80", "index 0");
        assertRefused("ff00", "index 127");
        assertRefused("ffffffffff7f", "28 bits");
        assertRefused("400a63", "a string of 10 bytes");
        assertRefused("3fe21f", "a table of 4097 bytes");
        assertRefused("8220", "size update after a field");
        assertRefused("0081ff00", "Huffman"); // EOS prefix of eight bits
        assertRefused("000161", "it ends"); // the value is missing
        assertRefused("0084ffffffff00", "Huffman"); // EOS
    }

    @Test
    void indexesWhatItSeesASecondTimeAndNeverSecrets() throws Http2Failure {
        Headers headers = new Headers();
        headers.add("user-agent", "curl/8");
        headers.add("authorization", "Bearer secret");
        HpackEncoder encoder = new HpackEncoder();
        int first = encode(encoder, headers).length;
        byte[] second = encode(encoder, headers);
        byte[] third = encode(encoder, headers);
        assertThat(second[0] & 0xc0).as("with incremental indexing").isEqualTo(0x40);
        assertThat(third.length).isLessThan(first);
        assertThat(third[0] & 0xff).as("an index into the dynamic table").isGreaterThanOrEqualTo(0x80 | 62);
        assertThat(third[1] & 0xf0).as("never indexed").isEqualTo(0x10);
    }

    @Test
    void announcesASmallerTableAndKeepsToIt() throws Http2Failure {
        Headers headers = new Headers();
        headers.add("x-a", "1");
        HpackEncoder encoder = new HpackEncoder();
        HpackDecoder peer = new HpackDecoder(4096);
        for (int i = 0; i < 3; i++) {
            decode(peer, encode(encoder, headers));
        }
        assertThat(peer.tableBytes()).isPositive();
        encoder.peerTableBytes(0);
        encoder.peerTableBytes(64);
        byte[] block = encode(encoder, headers);
        assertThat(block).startsWith(0x20, 0x3f, 0x21);
        assertThat(decode(peer, block)).containsExactly("x-a=1");
        assertThat(peer.tableBytes()).isLessThanOrEqualTo(64);
    }

    @Test
    void takesNothingOutOfATableThatHasLetGoOfIt() throws Http2Failure {
        HpackEncoder encoder = new HpackEncoder();
        HpackDecoder peer = new HpackDecoder(4096);
        int indices = 0;
        for (int i = 0; i < 400; i++) {
            String authority = "host-" + i / 4;
            Headers headers = new Headers();
            headers.add("x-same", "the value that comes each time");
            headers.add("x-other", "a value that is long and comes four times ".repeat(2) + i / 4);
            encoder.begin();
            encoder.pseudo(HpackField.of(":authority", ""), 1, authority);
            encoder.fields(headers, CodecFields.Part.REQUEST, null);
            byte[] block =
                    Arrays.copyOf(encoder.block().array(), encoder.block().length());
            assertThat(decode(peer, block))
                    .containsExactly(
                            ":authority=" + authority,
                            "x-same=the value that comes each time",
                            "x-other=" + "a value that is long and comes four times ".repeat(2) + i / 4);
            indices += block.length < 8 ? 1 : 0;
        }
        assertThat(indices)
                .as("blocks of indices alone: the third and the fourth of four")
                .isGreaterThan(180);
    }

    @Property(tries = 200)
    void whatIsEncodedDecodesToTheSame(
            @ForAll @Size(max = 60) List<@AlphaChars @StringLength(min = 1, max = 12) String> names,
            @ForAll @Size(min = 1, max = 5) List<@StringLength(max = 300) @AlphaChars String> values)
            throws Http2Failure {
        HpackEncoder encoder = new HpackEncoder();
        HpackDecoder peer = new HpackDecoder(4096);
        for (int round = 0; round < 4; round++) {
            Headers headers = new Headers();
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                String name = "x-" + names.get(i).toLowerCase(Locale.ROOT); // te and host are the codec's
                String value = values.get((i + round) % values.size());
                headers.add(name, value);
                expected.add(name + "=" + value);
            }
            assertThat(decode(peer, encode(encoder, headers))).isEqualTo(expected);
        }
    }

    private static byte[] encode(HpackEncoder encoder, Headers headers) {
        encoder.begin();
        encoder.fields(headers, CodecFields.Part.REQUEST, null);
        return Arrays.copyOf(encoder.block().array(), encoder.block().length());
    }

    private void assertRefused(String hex, String why) {
        assertThatThrownBy(() -> decode(new HpackDecoder(4096), hex))
                .isInstanceOf(Http2Failure.class)
                .hasMessageContaining(why)
                .extracting(e -> ((Http2Failure) e).code())
                .isEqualTo(ErrorCode.COMPRESSION_ERROR);
    }

    private List<String> decode(String hex) throws Http2Failure {
        return decode(decoder, hex);
    }

    private static List<String> decode(HpackDecoder decoder, String hex) throws Http2Failure {
        return decode(decoder, HexFormat.of().parseHex(hex));
    }

    private static List<String> decode(HpackDecoder decoder, byte[] block) throws Http2Failure {
        List<String> fields = new ArrayList<>();
        decoder.decode(
                block,
                0,
                block.length,
                (name, nameAt, nameLength, value, valueAt, valueLength) ->
                        fields.add(new String(name, nameAt, nameLength, StandardCharsets.ISO_8859_1)
                                + "="
                                + new String(value, valueAt, valueLength, StandardCharsets.ISO_8859_1)));
        return fields;
    }
}
