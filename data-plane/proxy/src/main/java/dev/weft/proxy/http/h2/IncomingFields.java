package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.Headers;
import dev.weft.proxy.syntax.Tokens;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Receives the fields of one message and checks what RFC 9113, section 8 calls malformed: upper case, connection-specific fields,
 * pseudo-header fields that are unknown, repeated or late, and bytes that would be something else on an HTTP/1 connection.
 *
 * <p>Confined to its connection's event loop; one is used for all messages of a connection in turn. After the first fault, or
 * past a limit, the rest of a block is decoded and dropped. Subclasses say which pseudo-header fields there are.
 */
abstract class IncomingFields implements HpackDecoder.Sink {
    private static final boolean[] NAME_BYTE = new boolean[256];
    private static final boolean[] VALUE_BYTE = new boolean[256];

    static {
        for (int c = 0; c < 256; c++) {
            NAME_BYTE[c] = Tokens.isTokenByte(c) && !(c >= 'A' && c <= 'Z');
            VALUE_BYTE[c] = (c >= ' ' && c != 0x7f) || c == '\t';
        }
    }

    private static final byte[] CONNECTION = ascii("connection");
    private static final byte[] KEEP_ALIVE = ascii("keep-alive");
    private static final byte[] PROXY_CONNECTION = ascii("proxy-connection");
    private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding");
    private static final byte[] UPGRADE = ascii("upgrade");
    private static final byte[] TE = ascii("te");
    private static final byte[] TRAILERS = ascii("trailers");
    private static final byte[] HOST = ascii("host");
    private static final byte[] COOKIE = ascii("cookie");
    private static final byte[] CONTENT_LENGTH = ascii("content-length");

    private static final byte[] COOKIE_SEPARATOR = ascii("; ");

    /** A length above this is not believed; it keeps the arithmetic far from overflow. */
    private static final int MAX_LENGTH_DIGITS = 18;

    private final int maxListBytes;
    private final int maxFields;

    private Headers headers = new Headers();
    private boolean regularSeen;
    private int listBytes;
    private byte[] cookie = new byte[0];
    private int cookieLength;
    private long contentLength;
    private @Nullable String malformed;
    private boolean tooLarge;

    IncomingFields(int maxListBytes, int maxFields) {
        this.maxListBytes = maxListBytes;
        this.maxFields = maxFields;
    }

    /** Prepares for a message whose regular fields go into {@code target}. */
    void begin(Headers target) {
        headers = target;
        regularSeen = false;
        listBytes = 0;
        cookieLength = -1;
        contentLength = -1;
        malformed = null;
        tooLarge = false;
    }

    /** To be called after the last field. */
    void end() {
        if (cookieLength >= 0) {
            byte[] field = new byte[COOKIE.length + cookieLength];
            System.arraycopy(COOKIE, 0, field, 0, COOKIE.length);
            System.arraycopy(cookie, 0, field, COOKIE.length, cookieLength);
            headers.addChecked(field, 0, COOKIE.length, COOKIE.length, cookieLength);
            if (cookie.length > 1024) {
                cookie = new byte[0];
            }
        }
    }

    /** What is wrong with the message, or null. */
    @Nullable
    String malformed() {
        return malformed;
    }

    /** Whether a limit of ours was passed; the fields are not complete then. */
    boolean isTooLarge() {
        return tooLarge;
    }

    /** -1 where the message does not say. */
    long contentLength() {
        return contentLength;
    }

    @Override
    public final void field(byte[] name, int nameAt, int nameLength, byte[] value, int valueAt, int valueLength) {
        if (!isWanted(nameLength + valueLength + HpackField.OVERHEAD)) {
            return;
        }
        if (!isValue(value, valueAt, valueLength)) {
            fault("a forbidden byte in the value of " + printable(name, nameAt, nameLength));
        } else if (nameLength > 0 && name[nameAt] == ':') {
            if (regularSeen) {
                fault("a pseudo-header field after a regular one");
            } else {
                pseudo(name, nameAt, nameLength, value, valueAt, valueLength);
            }
        } else if (!isName(name, nameAt, nameLength)) {
            fault("field name \"" + printable(name, nameAt, nameLength) + "\"");
        } else {
            regularSeen = true;
            regular(name, nameAt, nameLength, value, valueAt, valueLength);
        }
    }

    @Override
    public final void field(HpackField field) {
        if (!field.plain) {
            HpackDecoder.Sink.super.field(field);
        } else if (isWanted(field.size())) {
            regularSeen = true;
            headers.addChecked(field.bytes, field.nameLength, field.nameHash);
        }
    }

    /** Counts a field, and says whether it still matters. */
    private boolean isWanted(int fieldBytes) {
        listBytes += fieldBytes;
        if (malformed != null || tooLarge) {
            return false;
        }
        tooLarge = listBytes > maxListBytes || headers.size() >= maxFields;
        return !tooLarge;
    }

    /** Whether a field is allowed in every message and means nothing to the codec, so that it can be handed on as it is. */
    static boolean isPlain(byte[] field, int nameLength) {
        return isName(field, 0, nameLength)
                && isValue(field, nameLength, field.length - nameLength)
                && !isOfTheCodec(field, nameLength);
    }

    /** Whether {@link #regular} looks at fields of that name. */
    private static boolean isOfTheCodec(byte[] name, int length) {
        return switch (length) {
            case 2 -> is(name, 0, 2, TE);
            case 4 -> is(name, 0, 4, HOST);
            case 6 -> is(name, 0, 6, COOKIE);
            case 14 -> is(name, 0, 14, CONTENT_LENGTH);
            default -> isConnectionSpecific(name, 0, length);
        };
    }

    /** A pseudo-header field, its value free of control characters. */
    abstract void pseudo(byte[] name, int nameAt, int nameLength, byte[] value, int valueAt, int valueLength);

    /** The {@code host} field of a request; kept out of the fields. */
    abstract void host(byte[] value, int valueAt, int valueLength);

    final void fault(String what) {
        if (malformed == null) {
            malformed = what;
        }
    }

    static boolean is(byte[] bytes, int at, int length, byte[] expected) {
        return length == expected.length && Arrays.equals(bytes, at, at + length, expected, 0, length);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Those names that mean something here are told apart by their length first: most fields match none. */
    private void regular(byte[] name, int nameAt, int nameLength, byte[] value, int valueAt, int valueLength) {
        switch (nameLength) {
            case 2 -> {
                if (is(name, nameAt, 2, TE) && !is(value, valueAt, valueLength, TRAILERS)) {
                    fault("te other than trailers");
                }
            }
            case 4 -> {
                if (is(name, nameAt, 4, HOST)) {
                    host(value, valueAt, valueLength);
                    return;
                }
            }
            case 6 -> {
                if (is(name, nameAt, 6, COOKIE)) {
                    crumb(value, valueAt, valueLength);
                    return;
                }
            }
            case 14 -> {
                if (is(name, nameAt, 14, CONTENT_LENGTH)) {
                    length(value, valueAt, valueLength);
                }
            }
            case 7, 10, 16, 17 -> {
                if (isConnectionSpecific(name, nameAt, nameLength)) {
                    fault("connection-specific field " + printable(name, nameAt, nameLength));
                }
            }
            default -> {}
        }
        if (malformed != null) {
            return;
        }
        headers.addChecked(name, nameAt, nameLength, value, valueAt, valueLength);
    }

    private static boolean isConnectionSpecific(byte[] name, int at, int length) {
        return is(name, at, length, CONNECTION)
                || is(name, at, length, KEEP_ALIVE)
                || is(name, at, length, UPGRADE)
                || is(name, at, length, PROXY_CONNECTION)
                || is(name, at, length, TRANSFER_ENCODING);
    }

    /** Crumbs are joined again (RFC 9113, section 8.2.3): an HTTP/1 origin takes one Cookie field only. */
    private void crumb(byte[] value, int valueAt, int valueLength) {
        boolean first = cookieLength < 0;
        int start = first ? 0 : cookieLength + COOKIE_SEPARATOR.length;
        if (cookie.length < start + valueLength) {
            cookie = Arrays.copyOf(cookie, Math.max(start + valueLength, cookie.length * 2));
        }
        if (!first) {
            System.arraycopy(COOKIE_SEPARATOR, 0, cookie, cookieLength, COOKIE_SEPARATOR.length);
        }
        System.arraycopy(value, valueAt, cookie, start, valueLength);
        cookieLength = start + valueLength;
    }

    private void length(byte[] value, int valueAt, int valueLength) {
        if (contentLength >= 0) {
            fault("content-length twice");
            return;
        }
        if (valueLength == 0 || valueLength > MAX_LENGTH_DIGITS) {
            fault("content-length of " + valueLength + " characters");
            return;
        }
        long number = 0;
        for (int i = valueAt; i < valueAt + valueLength; i++) {
            int digit = value[i] - '0';
            if (digit < 0 || digit > 9) {
                fault("content-length that is no number");
                return;
            }
            number = number * 10 + digit;
        }
        contentLength = number;
    }

    private static boolean isName(byte[] name, int at, int length) {
        for (int i = at; i < at + length; i++) {
            if (!NAME_BYTE[name[i] & 0xff]) {
                return false;
            }
        }
        return length > 0;
    }

    /** Section 8.2.1 forbids NUL, CR, LF and white space around; RFC 9110, section 5.5 the other control characters. */
    private static boolean isValue(byte[] value, int at, int length) {
        for (int i = at; i < at + length; i++) {
            if (!VALUE_BYTE[value[i] & 0xff]) {
                return false;
            }
        }
        return length == 0 || (!isBlank(value[at]) && !isBlank(value[at + length - 1]));
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private static String printable(byte[] name, int at, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = at; i < at + Math.min(length, 64); i++) {
            text.append(name[i] > ' ' && name[i] < 0x7f ? (char) name[i] : '?');
        }
        return text.toString();
    }
}
