package dev.weft.proxy.model;

import dev.weft.proxy.syntax.Tokens;
import java.time.Duration;
import java.util.Optional;

/** One part of a request's hash (xDS {@code hash_policy}); parts combine in order. */
public sealed interface HashKey {
    /** Later parts are left out once this one, or one before it, gave a hash. */
    boolean terminal();

    record Header(String name, boolean terminal) implements HashKey {}

    /**
     * @param ttl present: a request without the cookie is given one
     */
    record Cookie(String name, String path, Optional<Duration> ttl, boolean terminal) implements HashKey {
        public Cookie {
            if (name.isEmpty() || !name.chars().allMatch(Tokens::isTokenByte)) {
                throw new IllegalArgumentException("cookie.name: \"" + name + "\" (expected: a token)");
            }
            Check.fieldValue(path, "cookie.path");
            if (path.indexOf(';') >= 0) {
                throw new IllegalArgumentException("cookie.path: \"" + path + "\" (expected: no semicolon)");
            }
            ttl.ifPresent(time -> Check.notNegative(time, "cookie.ttl"));
        }
    }

    record SourceAddress(boolean terminal) implements HashKey {}

    record QueryParameter(String name, boolean terminal) implements HashKey {}

    /** The path without its query. */
    record Path(boolean terminal) implements HashKey {}
}
