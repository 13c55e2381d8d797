package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.HeaderNames;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.UnderscoreFields;
import dev.weft.proxy.model.ClientRules.Underscores;

/**
 * Reads the fields behind a chunked body, and leaves out those that may not be there because they would change what the message is
 * (RFC 9110, section 6.5.1).
 *
 * <p>Confined to the event loop of its connection.
 */
final class TrailerReader extends HeadReader {
    private final Headers trailers = new Headers();
    private final Underscores underscores;

    TrailerReader(Http1Limits limits) {
        underscores = limits.underscores();
        limits(0, limits.trailerBytes(), limits.headers());
        restart();
    }

    @Override
    void restart() {
        trailers.clear();
        super.restart();
    }

    /**
     * Checks them as a whole.
     *
     * @throws BadMessage where they are refused
     */
    void finish() {
        if (underscores != Underscores.ALLOW && UnderscoreFields.refuses(underscores, trailers)) {
            throw BadMessage.malformed("underscore in a trailer name");
        }
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
        if (HeaderNames.NOT_IN_TRAILERS.contains(bytes, name, nameLength, hash)) {
            return;
        }
        trailers.addInPlace(name, nameLength, value, valueLength, hash);
    }
}
