package dev.weft.controlplane.store;

import com.google.protobuf.ByteString;
import java.util.Comparator;

/** What a key may be, so that both stores order and compare keys alike. */
public final class StoreKey {
    /** By the bytes of their UTF-8 form, which is also by code point, and for once not how Java orders strings. */
    public static final Comparator<String> ORDER =
            Comparator.comparing(ByteString::copyFromUtf8, ByteString.unsignedLexicographicalComparator());

    private StoreKey() {}

    /** Rejects what has no exact UTF-8 form (half a surrogate pair would be stored as '?') and what cannot be read in a log. */
    static void check(String key) {
        if (key.isEmpty()) {
            throw new IllegalArgumentException("key: empty (expected: slash-separated text)");
        }
        key.codePoints().forEach(c -> {
            if (Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE || (c & 0xFFFE) == 0xFFFE) {
                throw new IllegalArgumentException(
                        "key: has U+%04X (expected: text without control characters)".formatted(c));
            }
        });
    }
}
