package dev.weft.balance.hash;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Stateless. XXH64, the hash that Envoy and gRPC use for rings and for request hashes.
 *
 * <p>It optimises for throughput on 64-bit machines with good dispersion, and has no security against chosen keys:
 * whoever picks the keys can pile them on one endpoint. Input is bytes and a 64-bit seed, output an unsigned 64-bit
 * value in a {@code long}. Long input runs through four independent lanes of 8 bytes each (32 bytes a round), which
 * are merged; the rest is folded in by 8, 4 and 1 bytes, and an avalanche makes every input bit matter to every output
 * bit. Source: Yann Collet, "xxHash fast digest algorithm", version 0.1.1, doc/xxhash_spec.md of the xxHash project.
 */
public final class Xxh64 {

    private static final long PRIME_1 = 0x9E3779B185EBCA87L;
    private static final long PRIME_2 = 0xC2B2AE3D27D4EB4FL;
    private static final long PRIME_3 = 0x165667B19E3779F9L;
    private static final long PRIME_4 = 0x85EBCA77C2B2AE63L;
    private static final long PRIME_5 = 0x27D4EB2F165667C5L;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int STRIPE = 32;

    private Xxh64() {}

    /** The hash of the UTF-8 bytes of {@code text}, seed 0. */
    public static long hash(String text) {
        return hash(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The hash of {@code bytes}, seed 0. */
    public static long hash(byte[] bytes) {
        return hash(bytes, 0, bytes.length, 0);
    }

    /** The hash of {@code bytes[offset .. offset + length)}. */
    public static long hash(byte[] bytes, int offset, int length, long seed) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        int end = offset + length;
        int at = offset;
        long h;
        if (length >= STRIPE) {
            long lane1 = seed + PRIME_1 + PRIME_2;
            long lane2 = seed + PRIME_2;
            long lane3 = seed;
            long lane4 = seed - PRIME_1;
            for (; at <= end - STRIPE; at += STRIPE) {
                lane1 = round(lane1, (long) LONG.get(bytes, at));
                lane2 = round(lane2, (long) LONG.get(bytes, at + 8));
                lane3 = round(lane3, (long) LONG.get(bytes, at + 16));
                lane4 = round(lane4, (long) LONG.get(bytes, at + 24));
            }
            h = Long.rotateLeft(lane1, 1)
                    + Long.rotateLeft(lane2, 7)
                    + Long.rotateLeft(lane3, 12)
                    + Long.rotateLeft(lane4, 18);
            h = merge(merge(merge(merge(h, lane1), lane2), lane3), lane4);
        } else {
            h = seed + PRIME_5;
        }
        return avalanche(tail(h + length, bytes, at, end));
    }

    private static long tail(long start, byte[] bytes, int from, int end) {
        long h = start;
        int at = from;
        for (; at <= end - 8; at += 8) {
            h = Long.rotateLeft(h ^ round(0, (long) LONG.get(bytes, at)), 27) * PRIME_1 + PRIME_4;
        }
        if (at <= end - 4) {
            long word = (int) INT.get(bytes, at) & 0xFFFFFFFFL;
            h = Long.rotateLeft(h ^ (word * PRIME_1), 23) * PRIME_2 + PRIME_3;
            at += 4;
        }
        for (; at < end; at++) {
            h = Long.rotateLeft(h ^ ((bytes[at] & 0xFF) * PRIME_5), 11) * PRIME_1;
        }
        return h;
    }

    private static long round(long lane, long input) {
        return Long.rotateLeft(lane + input * PRIME_2, 31) * PRIME_1;
    }

    private static long merge(long h, long lane) {
        return (h ^ round(0, lane)) * PRIME_1 + PRIME_4;
    }

    private static long avalanche(long start) {
        long h = (start ^ (start >>> 33)) * PRIME_2;
        h = (h ^ (h >>> 29)) * PRIME_3;
        return h ^ (h >>> 32);
    }
}
