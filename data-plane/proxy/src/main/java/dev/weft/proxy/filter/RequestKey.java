package dev.weft.proxy.filter;

import org.jspecify.annotations.Nullable;

/**
 * Under what filters leave something for each other at a request ({@link RequestExchange#put}). Two keys are never the same,
 * whatever their names, so nobody meets what he does not know of.
 *
 * @param <T> what is left
 */
public final class RequestKey<T> {
    private final String name;
    private final Class<T> type;

    private RequestKey(String name, Class<T> type) {
        this.name = name;
        this.type = type;
    }

    /** A new key; the name is for people. */
    public static <T> RequestKey<T> named(String name, Class<T> type) {
        return new RequestKey<>(name, type);
    }

    /** What was left under this key. */
    public @Nullable T cast(@Nullable Object left) {
        return type.cast(left);
    }

    @Override
    public String toString() {
        return name;
    }
}
