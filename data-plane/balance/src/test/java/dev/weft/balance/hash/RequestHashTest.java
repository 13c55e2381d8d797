package dev.weft.balance.hash;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestHashTest {

    private final RequestHash hash = new RequestHash(HashFunction.XXH64);

    @Test
    void noPartMeansNoHash() {
        assertThat(hash.isPresent()).isFalse();
    }

    @Test
    void onePartIsTheHash() {
        hash.add("foo");

        assertThat(hash.isPresent()).isTrue();
        assertThat(hash.value()).isEqualTo(3728699739546630719L);
    }

    @Test
    void partsCombineByRotationSoThatOrderMattersAndEqualOnesDoNotCancel() {
        hash.add("foo");
        hash.add("bar");
        long fooBar = hash.value();
        hash.reset();
        hash.add("bar");
        hash.add("foo");
        long barFoo = hash.value();
        hash.reset();
        hash.add("foo");
        hash.add("foo");

        assertThat(fooBar).isEqualTo(Long.rotateLeft(Xxh64.hash("foo"), 1) ^ Xxh64.hash("bar"));
        assertThat(fooBar).isNotEqualTo(barFoo);
        assertThat(hash.value()).isNotZero();
    }

    @Test
    void severalValuesOfOneHeaderHashAsInEnvoyInAnyOrder() {
        hash.addValues(List.of(bytes("foo"), bytes("bar")));
        long one = hash.value();
        hash.reset();
        hash.addValues(List.of(bytes("bar"), bytes("foo")));

        assertThat(hash.value()).isEqualTo(one);
        assertThat(one).isEqualTo(Xxh64.hash(bytes("foo"), 0, 3, Xxh64.hash("bar")));
    }

    @Test
    void oneValueIsTheSameAsOnePart() {
        hash.addValues(List.of(bytes("foo")));

        assertThat(hash.value()).isEqualTo(Xxh64.hash("foo"));
    }

    @Test
    void ketamasHashOfOneHeaderIsTheCrcOfItsBytes() {
        RequestHash crc = new RequestHash(HashFunction.CRC32);
        crc.add("doghash");

        assertThat(crc.value()).isEqualTo(0xc0d91cfeL);
    }

    @Test
    void ketamasHashOfSeveralPartsStaysWithinThirtyTwoBits() {
        RequestHash crc = new RequestHash(HashFunction.CRC32);
        crc.add("doghash");
        crc.add("other");
        long expected =
                Integer.toUnsignedLong(Integer.rotateLeft(0xc0d91cfe, 1) ^ (int) HashFunction.CRC32.hash("other"));

        assertThat(crc.value()).isEqualTo(expected).isBetween(0L, 0xFFFF_FFFFL);
    }

    @Test
    void textFromTheWireIsHashedByTheBytesThatWereSent() {
        byte[] sent = bytes("m\u00fcller"); // UTF-8 on the wire, two chars in text that was read byte by byte
        hash.add(new String(sent, StandardCharsets.ISO_8859_1));

        assertThat(hash.value()).isEqualTo(Xxh64.hash(sent));
    }

    @Test
    void aResetForgetsEverything() {
        hash.add("foo");
        hash.reset();

        assertThat(hash.isPresent()).isFalse();
        hash.add("bar");
        assertThat(hash.value()).isEqualTo(Xxh64.hash("bar"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
