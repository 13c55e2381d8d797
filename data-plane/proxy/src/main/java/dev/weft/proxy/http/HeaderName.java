package dev.weft.proxy.http;

import dev.weft.proxy.syntax.Tokens;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * A field name in lower case with its bytes and hash computed once, so that a lookup on the hot path compares integers first.
 *
 * <p>Immutable. Names are tokens (RFC 9110, section 5.1); anything else is refused.
 */
public final class HeaderName {
    public static final HeaderName ACCEPT = of("accept");
    public static final HeaderName ACCEPT_ENCODING = of("accept-encoding");
    public static final HeaderName ACCEPT_RANGES = of("accept-ranges");
    public static final HeaderName CACHE_CONTROL = of("cache-control");
    public static final HeaderName CONNECTION = of("connection");
    public static final HeaderName CONTENT_ENCODING = of("content-encoding");
    public static final HeaderName CONTENT_LENGTH = of("content-length");
    public static final HeaderName CONTENT_RANGE = of("content-range");
    public static final HeaderName CONTENT_TYPE = of("content-type");
    public static final HeaderName COOKIE = of("cookie");
    public static final HeaderName DATE = of("date");
    public static final HeaderName ETAG = of("etag");
    public static final HeaderName EXPECT = of("expect");
    public static final HeaderName GRPC_MESSAGE = of("grpc-message");
    public static final HeaderName GRPC_STATUS = of("grpc-status");
    public static final HeaderName GRPC_TIMEOUT = of("grpc-timeout");
    public static final HeaderName HOST = of("host");
    public static final HeaderName KEEP_ALIVE = of("keep-alive");
    public static final HeaderName LOCATION = of("location");
    public static final HeaderName MAX_FORWARDS = of("max-forwards");
    public static final HeaderName ORIGIN = of("origin");
    public static final HeaderName PROXY_AUTHENTICATE = of("proxy-authenticate");
    public static final HeaderName PROXY_AUTHORIZATION = of("proxy-authorization");
    public static final HeaderName PROXY_CONNECTION = of("proxy-connection");
    public static final HeaderName RETRY_AFTER = of("retry-after");
    public static final HeaderName SERVER = of("server");
    public static final HeaderName TE = of("te");
    public static final HeaderName TRAILER = of("trailer");
    public static final HeaderName TRANSFER_ENCODING = of("transfer-encoding");
    public static final HeaderName UPGRADE = of("upgrade");
    public static final HeaderName VARY = of("vary");
    public static final HeaderName VIA = of("via");
    public static final HeaderName X_ENVOY_ATTEMPT_COUNT = of("x-envoy-attempt-count");
    public static final HeaderName X_ENVOY_ORIGINAL_URL = of("x-envoy-original-url");
    public static final HeaderName X_ENVOY_RATELIMITED = of("x-envoy-ratelimited");
    public static final HeaderName X_FORWARDED_CLIENT_CERT = of("x-forwarded-client-cert");
    public static final HeaderName X_FORWARDED_FOR = of("x-forwarded-for");
    public static final HeaderName X_FORWARDED_HOST = of("x-forwarded-host");
    public static final HeaderName X_FORWARDED_PROTO = of("x-forwarded-proto");
    public static final HeaderName X_REQUEST_ID = of("x-request-id");

    private final String text;
    final byte[] bytes;
    final int hash;

    /** One of 64, by which most names that are not there are told without a look at the fields. */
    final long bit;

    private HeaderName(String lowerCase) {
        this.text = lowerCase;
        this.bytes = lowerCase.getBytes(StandardCharsets.US_ASCII);
        int h = 0;
        for (byte b : bytes) {
            h = 31 * h + b;
        }
        this.hash = h;
        this.bit = bit(h);
    }

    static long bit(int hash) {
        return 1L << ((hash * 0x9e3779b9) >>> 26); // Fibonacci hashing: its best bits are the upper ones
    }

    /**
     * @throws IllegalArgumentException where {@code name} is not a token
     */
    public static HeaderName of(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("header name: empty (expected: a token)");
        }
        for (int i = 0; i < name.length(); i++) {
            if (!Tokens.isTokenByte(name.charAt(i))) {
                throw new IllegalArgumentException("header name: \"" + name + "\" (expected: a token)");
            }
        }
        return new HeaderName(name.toLowerCase(Locale.ROOT));
    }

    /** Whether the lower-case bytes there, with that hash, are this name. */
    public boolean matches(byte[] array, int offset, int length, int hash) {
        return hash == this.hash
                && length == bytes.length
                && Arrays.equals(array, offset, offset + length, bytes, 0, length);
    }

    public int length() {
        return bytes.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HeaderName that && that.text.equals(text);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return text;
    }
}
