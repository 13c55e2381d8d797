package dev.weft.balance.hash;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Xxh64Test {

    private static final long PRIME32 = 2_654_435_761L;
    private static final long PRIME64 = 0x9E3779B185EBCA8DL;

    @ParameterizedTest
    @CsvSource({
        "'', 17241709254077376921",
        "foo, 3728699739546630719",
        "bar, 5234164152756840025",
        "lyft, 4400747396090729504",
        "a, 15154266338359012955",
        "abc, 4952883123889572249",
        "0123456789abcdef0123456789abcde, 2296772312821464551",
        "0123456789abcdef0123456789abcdef, 7217744722875508421",
        "Nobody inspects the spammish repetition, 18144624926692707313"
    })
    void textsHashAsEnvoyAndTheReferenceImplementationSay(String text, String expected) {
        assertThat(Xxh64.hash(text)).isEqualTo(Long.parseUnsignedLong(expected));
    }

    /** The sanity buffer of the reference implementation: every length class, with and without a seed. */
    @ParameterizedTest
    @CsvSource({
        "0, ef46db3751d8e999, ac75fda2929b17ef",
        "1, e934a84adb052768, 5014607643a9b4c3",
        "4, 9136a0dca57457ee, caab286bd8e9fdb5",
        "14, 8282dcc4994e35c8, c3bd6bf63deb6df0",
        "222, b641ae8cb691c174, 20cb8ab7ae10c14a"
    })
    void theSanityBufferHashesAsPublished(int length, String unseeded, String seeded) {
        byte[] buffer = sanityBuffer(length);

        assertThat(Xxh64.hash(buffer)).isEqualTo(Long.parseUnsignedLong(unseeded, 16));
        assertThat(Xxh64.hash(buffer, 0, length, PRIME32)).isEqualTo(Long.parseUnsignedLong(seeded, 16));
    }

    @Test
    void everyLengthUpTo256WithItsOwnSeedEqualsTheReferenceImplementation() {
        byte[] digests = new byte[257 * 8];
        for (int length = 0; length <= 256; length++) {
            byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++) {
                bytes[i] = (byte) (i * 7 + length);
            }
            long hash = Xxh64.hash(bytes, 0, length, length);
            for (int i = 0; i < 8; i++) {
                digests[length * 8 + i] = (byte) (hash >>> (56 - 8 * i));
            }
        }

        // Computed with the C library 0.8 through python-xxhash 4.1.0.
        assertThat(Xxh64.hash(digests)).isEqualTo(0x3e971a5c76288afcL);
    }

    @Test
    void aSliceHashesAsTheBytesAlone() {
        byte[] bytes = "before|a key of more than thirty-two bytes|after".getBytes(StandardCharsets.UTF_8);
        String key = "a key of more than thirty-two bytes";

        assertThat(Xxh64.hash(bytes, 7, key.length(), 0)).isEqualTo(Xxh64.hash(key));
    }

    private static byte[] sanityBuffer(int length) {
        byte[] buffer = new byte[length];
        long generator = PRIME32;
        for (int i = 0; i < length; i++) {
            buffer[i] = (byte) (generator >>> 56);
            generator *= PRIME64;
        }
        return buffer;
    }
}
