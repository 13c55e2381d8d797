package dev.weft.proxy.route;

import dev.weft.balance.hash.RequestHash;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.HashKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Immutable: what of a request decides its endpoint under consistent hashing, compiled from a route's {@link HashKey}s. */
public final class HashKeys {
    private static final HeaderName SET_COOKIE = HeaderName.of("set-cookie");

    /** What xDS names like headers and a request holds elsewhere. */
    private static final Set<String> PSEUDO = Set.of(":path", ":authority", "host", ":method");

    private final Key[] keys;

    /** @param header null for a pseudo-header */
    private record Key(HashKey key, @Nullable HeaderName header) {
        static Key of(HashKey key) {
            boolean field = key instanceof HashKey.Header header && !PSEUDO.contains(header.name());
            return new Key(key, field ? HeaderName.of(((HashKey.Header) key).name()) : null);
        }
    }

    HashKeys(List<HashKey> keys) {
        this.keys = keys.stream().map(Key::of).toArray(Key[]::new);
    }

    public boolean isEmpty() {
        return keys.length == 0;
    }

    /**
     * Adds the request's parts to {@code hash}, up to a terminal one.
     *
     * @return the value of a {@code Set-Cookie} that the client is to be given, where a cookie was made for it, else null
     */
    public @Nullable String addTo(RequestHash hash, RequestHead head, String clientAddress, RandomGenerator random) {
        String setCookie = null;
        for (Key key : keys) {
            switch (key.key()) {
                case HashKey.Header named when key.header() == null -> add(pseudo(named.name(), head), hash);
                case HashKey.Header _ -> header(key.header(), head.headers(), hash);
                case HashKey.Cookie cookie -> {
                    String value = cookie(head.headers(), cookie.name());
                    if (value == null && cookie.ttl().isPresent()) {
                        value = Long.toHexString(random.nextLong());
                        setCookie = setCookie(cookie, value, cookie.ttl().get());
                    }
                    add(value, hash);
                }
                case HashKey.SourceAddress _ -> hash.add(clientAddress);
                case HashKey.QueryParameter p -> add(Query.parameter(head.path(), p.name()), hash);
                case HashKey.Path _ -> hash.add(head.path().substring(0, Query.start(head.path())));
            }
            if (key.key().terminal() && hash.isPresent()) {
                break;
            }
        }
        return setCookie;
    }

    /** Gives the client the cookie that {@link #addTo} made. */
    public static void give(String setCookie, Headers response) {
        response.add(SET_COOKIE, setCookie);
    }

    private static String pseudo(String name, RequestHead head) {
        return switch (name) {
            case ":path" -> head.path();
            case ":method" -> head.method();
            default -> head.authority();
        };
    }

    /** Several fields of one name are hashed in sorted order, one after the other, as Envoy does. */
    private static void header(@Nullable HeaderName name, Headers headers, RequestHash hash) {
        int first = name == null ? -1 : headers.indexOf(name, 0);
        if (name == null || first < 0) {
            return;
        }
        if (headers.indexOf(name, first + 1) < 0) {
            hash.add(headers.array(), headers.valueOffset(first), headers.valueLength(first));
            return;
        }
        List<String> values = new ArrayList<>();
        for (int i = first; i >= 0; i = headers.indexOf(name, i + 1)) {
            values.add(headers.valueAt(i));
        }
        Collections.sort(values);
        byte[] all = String.join("", values).getBytes(StandardCharsets.ISO_8859_1);
        hash.add(all, 0, all.length);
    }

    private static @Nullable String cookie(Headers headers, String name) {
        for (int i = headers.indexOf(HeaderName.COOKIE, 0); i >= 0; i = headers.indexOf(HeaderName.COOKIE, i + 1)) {
            for (String pair : headers.valueAt(i).split(";")) {
                int equals = pair.indexOf('=');
                if (equals > 0 && pair.substring(0, equals).strip().equals(name)) {
                    return pair.substring(equals + 1).strip();
                }
            }
        }
        return null;
    }

    private static String setCookie(HashKey.Cookie cookie, String value, Duration ttl) {
        return cookie.name() + "=" + value
                + (ttl.isZero() ? "" : "; Max-Age=" + ttl.toSeconds())
                + (cookie.path().isEmpty() ? "" : "; Path=" + cookie.path())
                + "; HttpOnly";
    }

    private static void add(@Nullable String value, RequestHash hash) {
        if (value != null) {
            hash.add(value);
        }
    }
}
