package dev.weft.proxy.http.h1;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Strings for paths and authorities that come again and again, so that they, and the hash that each remembers, are made once.
 *
 * <p>Confined to its event loop; there is one per loop.
 *
 * <p>Direct-mapped: a text lives in the one slot its hash names, and replaces what was there only when it was met twice, so that a
 * stream of different paths neither fills memory nor costs more than the strings themselves.
 */
final class TextCache {
    private static final int SLOTS = 1024;
    private static final int LONGEST = 256;

    private final byte[] @Nullable [] keys = new byte[SLOTS][];
    private final @Nullable String[] texts = new @Nullable String[SLOTS];
    private final int[] lastMissed = new int[SLOTS];

    /** The text of those bytes, ISO-8859-1. */
    String text(byte[] bytes, int from, int length) {
        if (length == 0) {
            return "";
        }
        if (length > LONGEST) {
            return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
        }
        int hash = hash(bytes, from, length);
        int slot = hash & (SLOTS - 1);
        byte[] key = keys[slot];
        String cached = texts[slot];
        if (key != null && cached != null && Arrays.equals(key, 0, key.length, bytes, from, from + length)) {
            return cached;
        }
        String text = new String(bytes, from, length, StandardCharsets.ISO_8859_1);
        if (lastMissed[slot] == hash) {
            keys[slot] = Arrays.copyOfRange(bytes, from, from + length);
            texts[slot] = text;
        }
        lastMissed[slot] = hash;
        return text;
    }

    /** Of length and the last sixteen bytes, where paths differ; collisions cost a string, no more. */
    private static int hash(byte[] bytes, int from, int length) {
        int hash = length;
        for (int i = from + Math.max(0, length - 16); i < from + length; i++) {
            hash = 31 * hash + bytes[i];
        }
        return hash ^ hash >>> 15;
    }
}
