package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.ResponseHead;

/** Reads response heads. Confined to the event loop of its connection. */
final class ResponseReader extends MessageReader {
    private static final String PROTOCOL = "HTTP/";

    private final ResponseHead head = new ResponseHead();

    @Override
    void restart() {
        head.clear();
        super.restart();
    }

    ResponseHead head() {
        return head;
    }

    @Override
    Headers headers() {
        return head.headers();
    }

    @Override
    boolean isResponse() {
        return true;
    }

    @Override
    BadMessage startLineTooLong() {
        return new BadMessage(502, "status line is too long");
    }

    @Override
    BadMessage fieldsTooLarge(String reason) {
        return new BadMessage(502, reason);
    }

    @Override
    void startLine(byte[] bytes, int from, int to) {
        if (to - from < 12 || bytes[from + 8] != ' ' || (to - from > 12 && bytes[from + 12] != ' ')) {
            throw BadMessage.malformed("malformed status line");
        }
        version(bytes, from, from + 8);
        int status = 0;
        for (int i = from + 9; i < from + 12; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                throw BadMessage.malformed("malformed status line");
            }
            status = status * 10 + digit;
        }
        if (status < 100 || status > 599) {
            throw BadMessage.malformed("status " + status);
        }
        for (int i = from + 12; i < to; i++) {
            if (!Bytes.VALUE[bytes[i] & 0xff]) {
                throw BadMessage.malformed("control character in a status line");
            }
        }
        head.status(status);
    }

    /** An origin that speaks another protocol, HTTP/2 for instance, may say hello and then wait for us. */
    @Override
    void partOfStartLine(byte[] bytes, int from, int to) {
        int length = Math.min(to - from, PROTOCOL.length());
        if (!Bytes.equals(bytes, from, from + length, PROTOCOL.substring(0, length))) {
            throw BadMessage.malformed("malformed status line");
        }
    }

    /**
     * Checks the head as a whole.
     *
     * @throws BadMessage where it is refused
     */
    void finish() {
        finishFields();
        int status = head.status();
        if (status < 200 || status == 204) {
            // They have no body, and the field must not be there either (RFC 9110, section 8.6).
            head.headers().remove(HeaderName.CONTENT_LENGTH);
        }
    }

    /** Whether the body reaches to the connection's end. */
    boolean isUntilClose() {
        return !isChunked() && contentLength() < 0;
    }
}
