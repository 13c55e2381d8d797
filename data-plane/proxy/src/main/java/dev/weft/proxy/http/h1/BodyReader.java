package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.Headers;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Finds the payload of a message's body. The caller asks {@link #payload} how much lies ahead, takes it, and says so by {@link
 * #took}; framing is consumed on the way, never payload.
 *
 * <p>Confined to the event loop of its connection.
 */
final class BodyReader {
    private static final int MAX_EXTENSION_BYTES = 8 * 1024;
    private static final int MAX_SIZE_DIGITS = 15;

    private enum State {
        NONE,
        LENGTH,
        UNTIL_CLOSE,
        SIZE,
        SPACE,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILERS
    }

    private final Http1Limits limits;
    private State state = State.NONE;
    private long remaining;
    private int digits;
    private int extensionBytes;
    private @Nullable TrailerReader trailers;

    BodyReader(Http1Limits limits) {
        this.limits = limits;
    }

    void none() {
        length(0);
    }

    void length(long bytes) {
        forgetTrailers();
        remaining = bytes;
        state = bytes == 0 ? State.NONE : State.LENGTH;
    }

    void untilClose() {
        forgetTrailers();
        state = State.UNTIL_CLOSE;
    }

    void chunked() {
        state = State.SIZE;
        remaining = 0;
        digits = 0;
        extensionBytes = 0;
        forgetTrailers();
    }

    private void forgetTrailers() {
        if (trailers != null) {
            trailers.restart();
        }
    }

    boolean isDone() {
        return state == State.NONE;
    }

    boolean isUntilClose() {
        return state == State.UNTIL_CLOSE;
    }

    /** Bytes of a body of known length that have not come, else {@link Long#MAX_VALUE}. */
    long remaining() {
        return switch (state) {
            case NONE -> 0;
            case LENGTH -> remaining;
            default -> Long.MAX_VALUE;
        };
    }

    /** What came behind the last chunk, once the body is done; null where nothing did. */
    @Nullable
    Headers trailers() {
        return trailers == null || trailers.headers().isEmpty() ? null : trailers.headers();
    }

    /**
     * How many bytes from the reader index on are payload; 0 where {@code in} is used up or the body {@link #isDone}.
     *
     * @throws BadMessage where the framing is broken
     */
    int payload(ByteBuf in) {
        while (in.isReadable()) {
            switch (state) {
                case NONE -> {
                    return 0;
                }
                case UNTIL_CLOSE -> {
                    return in.readableBytes();
                }
                case LENGTH, DATA -> {
                    return (int) Math.min(remaining, in.readableBytes());
                }
                case SIZE -> size(in.readByte());
                case SPACE -> space(in.readByte());
                case EXTENSION -> extension(in.readByte());
                case SIZE_LF -> sizeEnd(in.readByte());
                case DATA_CR -> expect(in.readByte(), '\r', State.DATA_LF);
                case DATA_LF -> {
                    expect(in.readByte(), '\n', State.SIZE);
                    digits = 0;
                }
                case TRAILERS -> readTrailers(in);
            }
        }
        return 0;
    }

    void took(int bytes) {
        if (state == State.UNTIL_CLOSE) {
            return;
        }
        remaining -= bytes;
        if (remaining == 0) {
            state = state == State.LENGTH ? State.NONE : State.DATA_CR;
        }
    }

    private void size(byte b) {
        int digit = hexDigit(b);
        if (digit >= 0) {
            if (++digits > MAX_SIZE_DIGITS) {
                throw BadMessage.malformed("chunk size is too large");
            }
            remaining = remaining << 4 | digit;
        } else if (digits == 0) {
            throw BadMessage.malformed("malformed chunk size");
        } else if (b == '\r') {
            state = State.SIZE_LF;
        } else if (b == ';') {
            state = State.EXTENSION;
        } else if (b == ' ' || b == '\t') {
            extensionBytes++;
            state = State.SPACE;
        } else {
            throw BadMessage.malformed("malformed chunk size");
        }
    }

    /** White space is taken before an extension, since some senders put it there (RFC 9112, section 7.1.1), and nowhere else. */
    private void space(byte b) {
        if (b == ';') {
            state = State.EXTENSION;
        } else if (b != ' ' && b != '\t') {
            throw BadMessage.malformed("malformed chunk size");
        } else if (++extensionBytes > MAX_EXTENSION_BYTES) {
            throw BadMessage.malformed("chunk extensions are too large");
        }
    }

    /** Extensions mean nothing to us and are not passed on (RFC 9112, section 7.1.1). */
    private void extension(byte b) {
        if (b == '\r') {
            state = State.SIZE_LF;
        } else if (!Bytes.VALUE[b & 0xff]) {
            throw BadMessage.malformed("control character in a chunk extension");
        } else if (++extensionBytes > MAX_EXTENSION_BYTES) {
            throw BadMessage.malformed("chunk extensions are too large");
        }
    }

    private void sizeEnd(byte b) {
        expect(b, '\n', remaining == 0 ? State.TRAILERS : State.DATA);
    }

    private void expect(byte b, char expected, State next) {
        if (b != expected) {
            throw BadMessage.malformed("chunk without its CRLF");
        }
        state = next;
    }

    /** No trailers is what nearly all messages have: their final CRLF is read without a reader. */
    private void readTrailers(ByteBuf in) {
        if (trailers == null) {
            if (in.readableBytes() >= 2
                    && in.getByte(in.readerIndex()) == '\r'
                    && in.getByte(in.readerIndex() + 1) == '\n') {
                in.skipBytes(2);
                state = State.NONE;
                return;
            }
            trailers = new TrailerReader(limits);
        }
        if (trailers.read(in)) {
            trailers.finish();
            state = State.NONE;
        }
    }

    private static int hexDigit(byte b) {
        if (b >= '0' && b <= '9') {
            return b - '0';
        }
        int lower = b | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }
}
