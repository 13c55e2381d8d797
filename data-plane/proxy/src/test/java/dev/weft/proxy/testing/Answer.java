package dev.weft.proxy.testing;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a client got, whatever it speaks. Immutable.
 *
 * @param interims statuses of the 1xx before
 * @param status 0 where there was no response
 * @param fields each {@code name: value}
 * @param trailers as {@code fields}
 * @param whole whether the response ended as its framing says
 */
public record Answer(
        List<Integer> interims, int status, List<String> fields, String body, List<String> trailers, boolean whole) {
    /** The first value of that field, or null. */
    public @Nullable String field(String name) {
        return value(fields, name);
    }

    static @Nullable String value(List<String> fields, String name) {
        return fields.stream()
                .filter(field -> field.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                .map(field -> field.substring(name.length() + 1).strip())
                .findFirst()
                .orElse(null);
    }
}
