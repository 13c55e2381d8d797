package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.HeaderNames;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What heads of requests and responses share: the fields that are about the connection or the framing are taken out here, and turned
 * into facts.
 *
 * <p>Confined to the event loop of its connection.
 */
abstract class MessageReader extends HeadReader {
    private static final int[] NONE = {};

    /**
     * Fields that are end to end whatever {@code Connection} claims: a peer that names them wants something removed that a server
     * behind us relies on (RFC 9110, section 7.6.1: options must not be names of fields meant for all recipients).
     */
    private static final HeaderNames NEVER_HOP_BY_HOP = HeaderNames.of(
            "authorization",
            "cache-control",
            "content-encoding",
            "content-length",
            "content-range",
            "content-type",
            "cookie",
            "date",
            "expect",
            "forwarded",
            "max-forwards",
            "range",
            "server",
            "set-cookie",
            "trailer",
            "vary",
            "via",
            "x-forwarded-client-cert",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-request-id");

    private boolean oldVersion;
    private boolean close;
    private boolean keepAlive;
    private boolean upgradeOption;
    private boolean chunked;
    private boolean otherCoding;
    private long contentLength;
    private int upgradeValue;
    private int upgradeLength;

    /** Offset and length of each {@code Connection} field that names something we do not know. */
    private int[] nominating = NONE;

    /** Ready for a head, under these limits. */
    void start(Http1Limits limits) {
        limits(limits.startLineBytes(), limits.headerBytes(), limits.headers());
        restart();
    }

    @Override
    void restart() {
        super.restart();
        oldVersion = false;
        close = false;
        keepAlive = false;
        upgradeOption = false;
        chunked = false;
        otherCoding = false;
        contentLength = -1;
        upgradeLength = -1;
        nominating = NONE;
    }

    @Override
    final boolean hasStartLine() {
        return true;
    }

    final boolean isVersion10() {
        return oldVersion;
    }

    /** Whether the sender will not, or may not, use the connection for another message. */
    final boolean isLastOfConnection() {
        return close || (oldVersion && !keepAlive);
    }

    final boolean isChunked() {
        return chunked;
    }

    /** -1 where there is none. */
    final long contentLength() {
        return contentLength;
    }

    /** The protocol that {@code Upgrade} names first, empty where {@code Connection} does not say so too. */
    final String upgradeProtocol() {
        if (!upgradeOption || upgradeLength <= 0 || oldVersion) {
            return "";
        }
        byte[] bytes = headers().array();
        int end = upgradeValue;
        while (end < upgradeValue + upgradeLength && bytes[end] != ',' && bytes[end] != ' ' && bytes[end] != '\t') {
            end++;
        }
        return new String(bytes, upgradeValue, end - upgradeValue, StandardCharsets.ISO_8859_1);
    }

    /**
     * Parses {@code HTTP/1.x}.
     *
     * @throws BadMessage with 505 for other major versions
     */
    final void version(byte[] bytes, int from, int to) {
        if (to - from != 8 || !Bytes.equals(bytes, from, from + 5, "HTTP/") || bytes[from + 6] != '.') {
            throw BadMessage.malformed("malformed HTTP version");
        }
        int major = bytes[from + 5] - '0';
        int minor = bytes[from + 7] - '0';
        if (major < 0 || major > 9 || minor < 0 || minor > 9) {
            throw BadMessage.malformed("malformed HTTP version");
        }
        if (major != 1) {
            throw new BadMessage(505, "HTTP version not supported");
        }
        oldVersion = minor == 0;
    }

    @Override
    void field(byte[] bytes, int name, int nameLength, int hash, int value, int valueLength) {
        boolean kept = switch (nameLength) {
            case 2 -> !te(bytes, name, hash, value, valueLength);
            case 7 -> !upgrade(bytes, name, hash, value, valueLength);
            case 10 -> !connection(bytes, name, hash, value, valueLength);
            case 14 -> keepLength(bytes, name, hash, value, valueLength);
            case 16 -> !HeaderName.PROXY_CONNECTION.matches(bytes, name, nameLength, hash);
            case 17 -> !transferEncoding(bytes, name, hash, value, valueLength);
            default -> true;
        };
        if (kept) {
            headers().addInPlace(name, nameLength, value, valueLength, hash);
        }
    }

    /** The only coding that may be is {@code chunked}, alone and once; anything else is remembered and refused at the end. */
    private boolean transferEncoding(byte[] bytes, int name, int hash, int value, int valueLength) {
        if (!HeaderName.TRANSFER_ENCODING.matches(bytes, name, 17, hash)) {
            return false;
        }
        if (chunked || !Bytes.equalsIgnoreCase(bytes, value, value + valueLength, "chunked")) {
            otherCoding = true;
        }
        chunked = true;
        return true;
    }

    /** {@code TE} goes on only as {@code trailers}: what else it may say is between neighbours. */
    private boolean te(byte[] bytes, int name, int hash, int value, int valueLength) {
        if (!HeaderName.TE.matches(bytes, name, 2, hash)) {
            return false;
        }
        int end = value + valueLength;
        for (int from = value; from < end; ) {
            int to = endOfOption(bytes, from, end);
            if (Bytes.equalsIgnoreCase(bytes, from, to, "trailers")) {
                for (int i = from; i < to; i++) {
                    bytes[i] = Bytes.LOWER_TOKEN[bytes[i]]; // the only spelling that HTTP/2 knows
                }
                headers().addInPlace(name, 2, from, to - from, hash);
                return true;
            }
            from = startOfNextOption(bytes, to, end);
        }
        return true;
    }

    private boolean keepLength(byte[] bytes, int name, int hash, int value, int valueLength) {
        if (HeaderName.CONTENT_LENGTH.matches(bytes, name, 14, hash)) {
            if (contentLength >= 0) {
                throw BadMessage.malformed("more than one content-length");
            }
            contentLength = Bytes.contentLength(bytes, value, value + valueLength);
        }
        return true;
    }

    private boolean upgrade(byte[] bytes, int name, int hash, int value, int valueLength) {
        if (!HeaderName.UPGRADE.matches(bytes, name, 7, hash)) {
            return false;
        }
        if (upgradeLength < 0) {
            upgradeValue = value;
            upgradeLength = valueLength;
        }
        return true;
    }

    private boolean connection(byte[] bytes, int name, int hash, int value, int valueLength) {
        if (HeaderName.KEEP_ALIVE.matches(bytes, name, 10, hash)) {
            return true;
        }
        if (!HeaderName.CONNECTION.matches(bytes, name, 10, hash)) {
            return false;
        }
        boolean unknown = false;
        int end = value + valueLength;
        for (int from = value; from < end; ) {
            int to = endOfOption(bytes, from, end);
            if (Bytes.equalsIgnoreCase(bytes, from, to, "close")) {
                close = true;
            } else if (Bytes.equalsIgnoreCase(bytes, from, to, "keep-alive")) {
                keepAlive = true;
            } else if (Bytes.equalsIgnoreCase(bytes, from, to, "upgrade")) {
                upgradeOption = true;
            } else if (!Bytes.equalsIgnoreCase(bytes, from, to, "te")) {
                unknown |= to > from;
            }
            from = startOfNextOption(bytes, to, end);
        }
        if (unknown) {
            nominating = Arrays.copyOf(nominating, nominating.length + 2);
            nominating[nominating.length - 2] = value;
            nominating[nominating.length - 1] = end;
        }
        return true;
    }

    private static int endOfOption(byte[] bytes, int from, int end) {
        int to = from;
        while (to < end && bytes[to] != ',' && bytes[to] != ' ' && bytes[to] != '\t') {
            to++;
        }
        return to;
    }

    private static int startOfNextOption(byte[] bytes, int to, int end) {
        int next = to;
        while (next < end && (bytes[next] == ',' || bytes[next] == ' ' || bytes[next] == '\t')) {
            next++;
        }
        return next;
    }

    /** To be called at the end of the head, before fields are added or removed elsewhere. */
    final void finishFields() {
        if (chunked) {
            checkTransferEncoding();
        }
        for (int i = 0; i < nominating.length; i += 2) {
            removeNominated(nominating[i], nominating[i + 1]);
        }
    }

    private void checkTransferEncoding() {
        if (contentLength >= 0) {
            throw BadMessage.malformed("both transfer-encoding and content-length");
        }
        if (oldVersion) {
            throw BadMessage.malformed("transfer-encoding in HTTP/1.0");
        }
        if (otherCoding) {
            throw new BadMessage(501, "transfer-encoding is not a single chunked");
        }
    }

    private void removeNominated(int value, int end) {
        byte[] bytes = headers().array();
        for (int from = value; from < end; ) {
            int to = endOfOption(bytes, from, end);
            int hash = 0;
            for (int i = from; i < to; i++) {
                byte lower = Bytes.LOWER_TOKEN[bytes[i] & 0xff];
                if (lower == 0) {
                    throw BadMessage.malformed("malformed connection field");
                }
                bytes[i] = lower;
                hash = 31 * hash + lower;
            }
            if (!NEVER_HOP_BY_HOP.contains(bytes, from, to - from, hash)) {
                headers().removeAll(from, to - from, hash);
            }
            from = startOfNextOption(bytes, to, end);
        }
    }
}
