package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.HeaderNames;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.UnderscoreFields;
import dev.weft.proxy.model.ClientRules.Underscores;

/** The fields of a trailer section (RFC 9113, section 8.1): no pseudo-header fields. Confined to its connection's event loop. */
final class TrailerFields extends IncomingFields {
    private final Underscores underscores;
    private Headers trailers = new Headers();

    /** @param underscores what becomes of those with one in their names */
    TrailerFields(int maxListBytes, int maxFields, Underscores underscores) {
        super(maxListBytes, maxFields);
        this.underscores = underscores;
    }

    @Override
    void begin(Headers target) {
        super.begin(target);
        trailers = target;
    }

    @Override
    void end() {
        super.end();
        HeaderNames.NOT_IN_TRAILERS.removeFrom(trailers);
        if (underscores != Underscores.ALLOW && UnderscoreFields.refuses(underscores, trailers)) {
            fault("underscore in a trailer name");
        }
    }

    @Override
    void pseudo(byte[] name, int nameAt, int nameLength, byte[] value, int valueAt, int valueLength) {
        fault("a pseudo-header field in trailers");
    }

    @Override
    void host(byte[] value, int valueAt, int valueLength) {
        // See end().
    }
}
