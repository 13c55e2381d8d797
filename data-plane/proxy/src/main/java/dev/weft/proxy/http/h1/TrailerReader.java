package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;

/**
 * Reads the fields behind a chunked body, and leaves out those that may not be there because they would change what the message is
 * (RFC 9110, section 6.5.1).
 *
 * <p>Confined to the event loop of its connection.
 */
final class TrailerReader extends HeadReader {
    private static final HeaderName[] FORBIDDEN = {
        HeaderName.CONNECTION,
        HeaderName.CONTENT_LENGTH,
        HeaderName.CONTENT_TYPE,
        HeaderName.COOKIE,
        HeaderName.EXPECT,
        HeaderName.HOST,
        HeaderName.KEEP_ALIVE,
        HeaderName.MAX_FORWARDS,
        HeaderName.PROXY_AUTHENTICATE,
        HeaderName.PROXY_AUTHORIZATION,
        HeaderName.PROXY_CONNECTION,
        HeaderName.TE,
        HeaderName.TRAILER,
        HeaderName.TRANSFER_ENCODING,
        HeaderName.UPGRADE,
        HeaderName.X_FORWARDED_FOR,
        HeaderName.X_FORWARDED_HOST,
        HeaderName.X_FORWARDED_PROTO,
        HeaderName.of("authorization"),
        HeaderName.of("cache-control"),
        HeaderName.of("content-encoding"),
        HeaderName.of("content-range"),
        HeaderName.of("forwarded"),
        HeaderName.of("set-cookie"),
    };

    private final Headers trailers = new Headers();

    TrailerReader(Http1Limits limits) {
        limits(0, limits.trailerBytes(), limits.headers());
        restart();
    }

    @Override
    void restart() {
        trailers.clear();
        super.restart();
    }

    @Override
    Headers headers() {
        return trailers;
    }

    @Override
    boolean hasStartLine() {
        return false;
    }

    @Override
    boolean isResponse() {
        return false;
    }

    @Override
    void startLine(byte[] bytes, int from, int to) {
        throw new IllegalStateException("trailers have no start line");
    }

    @Override
    BadMessage startLineTooLong() {
        return fieldsTooLarge("trailers are too large");
    }

    @Override
    BadMessage fieldsTooLarge(String reason) {
        return new BadMessage(431, "trailers: " + reason);
    }

    @Override
    void field(byte[] bytes, int name, int nameLength, int hash, int value, int valueLength) {
        for (HeaderName forbidden : FORBIDDEN) {
            if (forbidden.matches(bytes, name, nameLength, hash)) {
                return;
            }
        }
        trailers.addInPlace(name, nameLength, value, valueLength, hash);
    }
}
