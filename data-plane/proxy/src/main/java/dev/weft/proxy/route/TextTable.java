package dev.weft.proxy.route;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Immutable: a hash table whose keys are looked up as regions of a longer string, so that neither a prefix of a path nor a host
 * without its port has to be made into a string of its own. The caller hashes while it walks the string ({@link #step}), which
 * makes trying all prefixes of a path cost one pass over it.
 *
 * <p>Linear probing at a load of at most one half. Text is compared after the hash, so a collision costs time and no more.
 */
final class TextTable<V> {
    private final boolean ignoreCase;
    private final String[] keys;
    private final List<@Nullable V> values;
    private final int[] hashes;
    private final boolean[] lengths;

    private TextTable(Map<String, V> entries, boolean ignoreCase, boolean backward) {
        int capacity = Integer.highestOneBit(Math.max(2, entries.size() * 2)) * 2;
        this.ignoreCase = ignoreCase;
        this.keys = new String[capacity];
        this.hashes = new int[capacity];
        List<@Nullable V> slots = new ArrayList<>(capacity);
        for (int i = 0; i < capacity; i++) {
            slots.add(null);
        }
        this.values = slots;
        this.lengths = new boolean
                [1 + entries.keySet().stream().mapToInt(String::length).max().orElse(-1)];
        entries.forEach((key, value) -> put(key, value, backward));
    }

    /** Keys that are compared letter by letter. */
    static <V> TextTable<V> exact(Map<String, V> entries) {
        return new TextTable<>(entries, false, false);
    }

    /** Keys, given in lower case, that are compared without regard to the case of ASCII letters. */
    static <V> TextTable<V> ignoringCase(Map<String, V> entries) {
        return new TextTable<>(entries, true, false);
    }

    /** As {@link #ignoringCase}, for a caller that hashes from the last character to the first. */
    static <V> TextTable<V> ignoringCaseBackward(Map<String, V> entries) {
        return new TextTable<>(entries, true, true);
    }

    /** Adds {@code c} to a running hash that began as 0; a table that ignores case wants {@link #lower} characters. */
    static int step(int hash, char c) {
        return 31 * hash + c;
    }

    static char lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
    }

    static String lower(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            lower.append(lower(text.charAt(i)));
        }
        return lower.toString();
    }

    /** Groups values under their keys in order of insertion; how tables with several values a key are prepared. */
    static <V> Map<String, List<V>> grouped() {
        return new LinkedHashMap<>();
    }

    boolean isEmpty() {
        return lengths.length == 0;
    }

    int longestKey() {
        return lengths.length - 1;
    }

    boolean hasKeyOfLength(int length) {
        return length < lengths.length && lengths[length];
    }

    /** The value of the key that equals {@code text} from {@code from} to {@code to}, whose hash the caller knows. */
    @Nullable
    V get(String text, int from, int to, int hash) {
        for (int slot = spread(hash) & (keys.length - 1); ; slot = (slot + 1) & (keys.length - 1)) {
            String key = keys[slot];
            if (key == null) {
                return null;
            }
            if (hashes[slot] == hash && key.length() == to - from && equal(key, text, from)) {
                return values.get(slot);
            }
        }
    }

    private boolean equal(String key, String text, int from) {
        if (!ignoreCase) {
            return text.startsWith(key, from);
        }
        for (int i = 0; i < key.length(); i++) {
            if (lower(text.charAt(from + i)) != key.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private void put(String key, V value, boolean backward) {
        int hash = 0;
        for (int i = 0; i < key.length(); i++) {
            hash = step(hash, key.charAt(backward ? key.length() - 1 - i : i));
        }
        int slot = spread(hash) & (keys.length - 1);
        while (keys[slot] != null) {
            slot = (slot + 1) & (keys.length - 1);
        }
        keys[slot] = key;
        hashes[slot] = hash;
        values.set(slot, value);
        lengths[key.length()] = true;
    }

    private static int spread(int hash) {
        int h = hash * 0x9E3779B9;
        return h ^ (h >>> 15);
    }
}
