package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.Headers;
import io.netty.buffer.ByteBuf;

/**
 * Reads a start line and fields, or fields alone, in one walk.
 *
 * <p>Confined to the event loop of its connection.
 *
 * <p>The bytes of a head are copied once, into the array of the {@link Headers} that they will be fields of, and walked there:
 * names are checked, turned to lower case and hashed in place, values are checked, and what results is five numbers a field. A
 * head that comes in pieces stays in that array; the walk goes on at the line that was incomplete, and not before a line feed has
 * come, so that a head sent byte by byte costs no more than its length.
 *
 * <p>Line ends are CRLF and nothing else (RFC 9112, section 2.2 allows to refuse a bare LF, and a bare CR must be), since peers
 * that disagree on where a line ends disagree on what the message is.
 */
abstract class HeadReader {
    private static final int INCOMPLETE = -1;
    private static final int NEXT_LOAD = 2048;

    /** Copy a little at first: most heads are small, and what follows may be a large body. */
    private static final int FIRST_LOAD_AT_LEAST = 256;

    private int maxStartLineBytes;
    private int maxFieldBytes;
    private int maxFields;

    private boolean started;
    private boolean startLineRead;
    private int lineStart;
    private int fieldsStart;
    private int loaded;
    private int fields;

    /** Readers are used again by other connections, with other limits. */
    final void limits(int maxStartLineBytes, int maxFieldBytes, int maxFields) {
        this.maxStartLineBytes = maxStartLineBytes;
        this.maxFieldBytes = maxFieldBytes;
        this.maxFields = maxFields;
    }

    /** Where fields go. */
    abstract Headers headers();

    /** Parses the line from {@code from} to {@code to}, where its CR is. */
    abstract void startLine(byte[] bytes, int from, int to);

    /** Looks at a line whose end has not come: what cannot become one is not waited for. */
    void partOfStartLine(byte[] bytes, int from, int to) {}

    abstract boolean hasStartLine();

    /**
     * In a response obs-fold is taken for spaces, elsewhere it is refused (RFC 9112, section 5.2); empty lines are ignored before a
     * request line only (section 2.2).
     */
    abstract boolean isResponse();

    /** Takes a field whose bytes are checked, the name in lower case. */
    abstract void field(byte[] bytes, int name, int nameLength, int hash, int value, int valueLength);

    abstract BadMessage startLineTooLong();

    abstract BadMessage fieldsTooLarge(String reason);

    /** Ready for the next head; {@link #headers} must be cleared before. */
    void restart() {
        started = false;
        startLineRead = !hasStartLine();
        lineStart = 0;
        fieldsStart = 0;
        loaded = 0;
        fields = 0;
    }

    /** Whether bytes of a head have come. */
    final boolean hasStarted() {
        return started;
    }

    /**
     * Takes bytes up to the end of the head.
     *
     * @return whether the head is complete; otherwise all of {@code in} was taken
     * @throws BadMessage where it is refused
     */
    final boolean read(ByteBuf in) {
        Headers headers = headers();
        while (in.isReadable()) {
            int length =
                    Math.min(in.readableBytes(), started ? NEXT_LOAD : Math.max(headers.room(), FIRST_LOAD_AT_LEAST));
            int from = loaded;
            loaded = headers.load(in, length);
            if (!started || hasLineFeed(headers.array(), from, loaded)) {
                started = true;
                int end = walk(headers.array());
                if (end != INCOMPLETE) {
                    in.readerIndex(in.readerIndex() - (loaded - end));
                    headers.unload(end);
                    return true;
                }
            }
            checkIncomplete();
        }
        return false;
    }

    private static boolean hasLineFeed(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                return true;
            }
        }
        return false;
    }

    private void checkIncomplete() {
        if (!startLineRead) {
            if (loaded - lineStart > maxStartLineBytes) {
                throw startLineTooLong();
            }
        } else if (loaded - fieldsStart > maxFieldBytes) {
            throw fieldsTooLarge("header fields are larger than " + maxFieldBytes + " bytes");
        }
    }

    private int walk(byte[] bytes) {
        if (!startLineRead && !walkStartLine(bytes)) {
            return INCOMPLETE;
        }
        int at = lineStart;
        while (at < loaded) {
            if (bytes[at] == '\r') {
                return at + 1 < loaded ? endOfHead(bytes, at) : INCOMPLETE;
            }
            at = walkField(bytes, at);
            if (at == INCOMPLETE) {
                return INCOMPLETE;
            }
            lineStart = at;
            if (at - fieldsStart > maxFieldBytes) {
                throw fieldsTooLarge("header fields are larger than " + maxFieldBytes + " bytes");
            }
        }
        return INCOMPLETE;
    }

    private static int endOfHead(byte[] bytes, int at) {
        if (bytes[at + 1] != '\n') {
            throw BadMessage.malformed("bare CR");
        }
        return at + 2;
    }

    private boolean walkStartLine(byte[] bytes) {
        int at = lineStart;
        while (!isResponse() && at + 1 < loaded && bytes[at] == '\r' && bytes[at + 1] == '\n') {
            at += 2;
            if (at > maxStartLineBytes) {
                throw startLineTooLong();
            }
        }
        lineStart = at;
        for (int i = at; i < loaded; i++) {
            byte b = bytes[i];
            if (b == '\n') {
                throw BadMessage.malformed("bare LF");
            }
            if (b == '\r') {
                if (i + 1 == loaded) {
                    return false;
                }
                if (bytes[i + 1] != '\n') {
                    throw BadMessage.malformed("bare CR");
                }
                if (i - at > maxStartLineBytes) {
                    throw startLineTooLong();
                }
                startLine(bytes, at, i);
                startLineRead = true;
                lineStart = i + 2;
                fieldsStart = lineStart;
                return true;
            }
        }
        partOfStartLine(bytes, at, loaded);
        return false;
    }

    /** Walks one field line; returns where the next begins. */
    private int walkField(byte[] bytes, int start) {
        int limit = loaded;
        int hash = 0;
        int at = start;
        for (; at < limit; at++) {
            byte lower = Bytes.LOWER_TOKEN[bytes[at] & 0xff];
            if (lower == 0) {
                break;
            }
            bytes[at] = lower;
            hash = 31 * hash + lower;
        }
        if (at == limit) {
            return INCOMPLETE;
        }
        int nameLength = at - start;
        if (bytes[at] != ':' || nameLength == 0) {
            throw badName(bytes[at], nameLength);
        }
        at++;
        while (at < limit && (bytes[at] == ' ' || bytes[at] == '\t')) {
            at++;
        }
        int value = at;
        at = endOfValue(bytes, at);
        if (at == INCOMPLETE) {
            return INCOMPLETE;
        }
        while (value < at && (bytes[value] == ' ' || bytes[value] == '\t')) {
            value++; // a fold that stood for the first of it
        }
        int end = at;
        while (end > value && (bytes[end - 1] == ' ' || bytes[end - 1] == '\t')) {
            end--;
        }
        if (++fields > maxFields) {
            throw fieldsTooLarge("more than " + maxFields + " header fields");
        }
        field(bytes, start, nameLength, hash, value, end - value);
        return at + 2;
    }

    /** Where the CR is that ends the value. */
    private int endOfValue(byte[] bytes, int from) {
        int limit = loaded;
        int at = from;
        while (true) {
            while (at < limit && Bytes.VALUE[bytes[at] & 0xff]) {
                at++;
            }
            if (at + 1 >= limit) {
                if (at < limit && bytes[at] != '\r') {
                    throw badValue(bytes[at]);
                }
                return INCOMPLETE;
            }
            if (bytes[at] != '\r' || bytes[at + 1] != '\n') {
                throw badValue(bytes[at]);
            }
            if (!isResponse()) {
                return at;
            }
            if (at + 2 >= limit) {
                return INCOMPLETE;
            }
            if (bytes[at + 2] != ' ' && bytes[at + 2] != '\t') {
                return at;
            }
            bytes[at] = ' ';
            bytes[at + 1] = ' ';
        }
    }

    private static BadMessage badName(byte found, int nameLength) {
        if (found == '\n') {
            return BadMessage.malformed("bare LF");
        }
        if (nameLength == 0 && (found == ' ' || found == '\t')) {
            return BadMessage.malformed("folded header field");
        }
        return BadMessage.malformed(nameLength == 0 ? "empty header name" : "forbidden character in a header name");
    }

    private static BadMessage badValue(byte found) {
        return switch (found) {
            case '\r' -> BadMessage.malformed("bare CR");
            case '\n' -> BadMessage.malformed("bare LF");
            default -> BadMessage.malformed("control character in a header value");
        };
    }
}
