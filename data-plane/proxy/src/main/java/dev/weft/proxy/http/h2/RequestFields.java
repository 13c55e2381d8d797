package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.UnderscoreFields;
import dev.weft.proxy.model.ClientRules.Underscores;
import dev.weft.proxy.syntax.Authority;
import dev.weft.proxy.syntax.Tokens;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a request (RFC 9113, section 8.3.1): what it is and where it goes must be said once and in characters that an
 * HTTP/1 request line can carry, so that no downgrade changes its meaning.
 *
 * <p>Confined to its connection's event loop.
 */
final class RequestFields extends IncomingFields {
    private static final byte[] METHOD = ascii(":method");
    private static final byte[] SCHEME = ascii(":scheme");
    private static final byte[] AUTHORITY = ascii(":authority");
    private static final byte[] PATH = ascii(":path");
    private static final byte[] PROTOCOL = ascii(":protocol");
    private static final byte[] GET = ascii("GET");
    private static final byte[] POST = ascii("POST");
    private static final byte[] HTTP = ascii("http");
    private static final byte[] HTTPS = ascii("https");

    private static final boolean[] PATH_BYTE = new boolean[256];

    static {
        for (int c = 0x21; c < 0x7f; c++) {
            PATH_BYTE[c] = c != '#';
        }
    }

    private final Underscores underscores;
    private @Nullable String method;
    private @Nullable String scheme;
    private @Nullable String authority;
    private @Nullable String path;
    private @Nullable String protocol;
    private @Nullable String host;

    /** The authority seen last on this connection: nearly always the same again. */
    private byte[] lastAuthority = new byte[0];

    private String lastAuthorityText = "";

    /** @param underscores what becomes of fields with one in their names */
    RequestFields(int maxListBytes, int maxFields, Underscores underscores) {
        super(maxListBytes, maxFields);
        this.underscores = underscores;
    }

    static boolean isPath(char c) {
        return c < 256 && PATH_BYTE[c];
    }

    void begin(RequestHead head) {
        begin(head.headers());
        method = null;
        scheme = null;
        authority = null;
        path = null;
        protocol = null;
        host = null;
    }

    /** Checks the whole and completes {@code head}; {@link #malformed} tells the outcome. */
    void end(RequestHead head) {
        end();
        if (malformed() != null) {
            return;
        }
        if (isTooLarge()) {
            if (method != null) {
                head.method(method); // a HEAD is not answered with a body, whatever the answer
            }
            return;
        }
        if (underscores != Underscores.ALLOW && UnderscoreFields.refuses(underscores, head.headers())) {
            fault("underscore in a header name");
            return;
        }
        String how = method;
        if (how == null) {
            fault(":method missing");
            return;
        }
        boolean connect = how.equals("CONNECT");
        if (connect && contentLength() > 0) {
            fault("content-length in a request for a tunnel");
            return;
        }
        if (connect) {
            head.headers().remove(HeaderName.CONTENT_LENGTH);
        }
        if (connect && protocol == null) {
            endConnect(head);
            return;
        }
        if (protocol != null && !connect) {
            fault(":protocol with a method other than CONNECT");
        } else if (scheme == null || path == null) {
            fault(scheme == null ? ":scheme missing" : ":path missing");
        } else if (path.charAt(0) != '/' && !(path.equals("*") && how.equals("OPTIONS"))) {
            fault(":path that does not begin with /");
        } else {
            // Extended CONNECT (RFC 8441) is told as what it would be on HTTP/1: a GET that asks for an upgrade.
            head.method(protocol != null ? "GET" : how)
                    .scheme(scheme)
                    .path(path)
                    .upgrade(protocol);
            endAuthority(head);
        }
    }

    private void endConnect(RequestHead head) {
        if (scheme != null || path != null || authority == null) {
            fault("CONNECT with :scheme or :path, or without :authority");
            return;
        }
        head.method("CONNECT").path("");
        endAuthority(head);
        byte[] to = head.authority().getBytes(StandardCharsets.ISO_8859_1);
        if (Authority.portOf(to, 0, to.length) < 0) {
            fault("CONNECT without a port");
        }
    }

    private void endAuthority(RequestHead head) {
        String where = authority != null ? authority : host;
        if (where == null) {
            fault(":authority missing");
        } else if (host != null && !where.equalsIgnoreCase(host)) {
            fault("host and :authority that differ");
        } else {
            head.authority(where);
        }
    }

    @Override
    void pseudo(byte[] name, int nameAt, int nameLength, byte[] value, int valueAt, int valueLength) {
        if (is(name, nameAt, nameLength, PATH)) {
            unique(path);
            path = path(value, valueAt, valueLength);
        } else if (is(name, nameAt, nameLength, METHOD)) {
            unique(method);
            method = method(value, valueAt, valueLength);
        } else if (is(name, nameAt, nameLength, SCHEME)) {
            unique(scheme);
            scheme = scheme(value, valueAt, valueLength);
        } else if (is(name, nameAt, nameLength, AUTHORITY)) {
            unique(authority);
            authority = authority(value, valueAt, valueLength);
        } else if (is(name, nameAt, nameLength, PROTOCOL)) {
            unique(protocol);
            protocol = token(value, valueAt, valueLength, ":protocol");
        } else {
            fault("unknown pseudo-header field");
        }
    }

    @Override
    void host(byte[] value, int valueAt, int valueLength) {
        if (host != null) {
            fault("host twice");
        }
        host = authority(value, valueAt, valueLength);
    }

    private void unique(@Nullable String before) {
        if (before != null) {
            fault("a pseudo-header field twice");
        }
    }

    private String method(byte[] value, int at, int length) {
        if (is(value, at, length, GET)) {
            return "GET";
        }
        return is(value, at, length, POST) ? "POST" : token(value, at, length, ":method");
    }

    private String scheme(byte[] value, int at, int length) {
        if (is(value, at, length, HTTPS)) {
            return "https";
        }
        if (!is(value, at, length, HTTP)) {
            fault(":scheme other than http and https");
        }
        return "http";
    }

    private String path(byte[] value, int at, int length) {
        if (length == 0) {
            fault(":path empty");
            return "/";
        }
        for (int i = at; i < at + length; i++) {
            if (!PATH_BYTE[value[i] & 0xff]) {
                fault(":path with a character that must be percent-encoded");
                return "/";
            }
        }
        return new String(value, at, length, StandardCharsets.ISO_8859_1);
    }

    private String authority(byte[] value, int at, int length) {
        if (length > 0 && is(value, at, length, lastAuthority)) {
            return lastAuthorityText;
        }
        if (length == 0) {
            fault("authority empty");
            return "";
        }
        if (!Authority.isValid(value, at, at + length)) {
            fault("authority that is not host and port");
            return "";
        }
        lastAuthority = Arrays.copyOfRange(value, at, at + length);
        lastAuthorityText = new String(lastAuthority, StandardCharsets.ISO_8859_1);
        return lastAuthorityText;
    }

    private String token(byte[] value, int at, int length, String what) {
        for (int i = at; i < at + length; i++) {
            if (!Tokens.isTokenByte(value[i])) {
                fault(what + " that is no token");
                return "";
            }
        }
        if (length == 0) {
            fault(what + " empty");
        }
        return new String(value, at, length, StandardCharsets.ISO_8859_1);
    }
}
