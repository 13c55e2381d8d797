package dev.weft.balance.hash;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;

/** What a policy hashes request keys with. */
public enum HashFunction {
    /** XXH64 with seed 0, all 64 bits: ring hash and Maglev. */
    XXH64 {
        @Override
        public long hash(byte[] bytes, int offset, int length) {
            return Xxh64.hash(bytes, offset, length, 0);
        }

        @Override
        long hashAll(List<byte[]> values) {
            long hash = 0;
            for (byte[] value : values) {
                hash = Xxh64.hash(value, 0, value.length, hash);
            }
            return hash;
        }

        @Override
        long combine(long soFar, long next) {
            return Long.rotateLeft(soFar, 1) ^ next;
        }
    },
    /** CRC-32/ISO-HDLC in the low 32 bits, the others zero: Ketama. */
    CRC32 {
        @Override
        public long hash(byte[] bytes, int offset, int length) {
            // An instance per call: escape analysis removes it, and the update itself is an intrinsic.
            CRC32 crc = new CRC32();
            crc.update(bytes, offset, length);
            return crc.getValue();
        }

        @Override
        long hashAll(List<byte[]> values) {
            CRC32 crc = new CRC32();
            for (byte[] value : values) {
                crc.update(value);
            }
            return crc.getValue();
        }

        @Override
        long combine(long soFar, long next) {
            return Integer.toUnsignedLong(Integer.rotateLeft((int) soFar, 1) ^ (int) next);
        }
    };

    /** The hash of {@code bytes[offset .. offset + length)}. */
    public abstract long hash(byte[] bytes, int offset, int length);

    /** The hash of the UTF-8 bytes of {@code text}. */
    public long hash(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return hash(bytes, 0, bytes.length);
    }

    abstract long hashAll(List<byte[]> values);

    abstract long combine(long soFar, long next);
}
