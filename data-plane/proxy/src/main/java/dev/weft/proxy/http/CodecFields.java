package dev.weft.proxy.http;

/**
 * Fields that are about one connection or about framing (RFC 9110, section 7.6.1; RFC 9113, section 8.2.2). A codec takes them out of
 * what it reads, and writes those of its own: it never copies them from a message, whoever put them there. Stateless.
 */
public final class CodecFields {
    /** What is being written. */
    public enum Part {
        REQUEST,
        RESPONSE,
        TRAILERS
    }

    private CodecFields() {}

    /** Whether the field at {@code i} is left out. Nearly all are told apart by the length of their name. */
    public static boolean contains(Headers headers, int i, Part part) {
        return switch (headers.nameLength(i)) {
            case 4 -> part != Part.RESPONSE && headers.isAt(i, HeaderName.HOST);
            case 7 -> headers.isAt(i, HeaderName.UPGRADE);
            case 10 -> headers.isAt(i, HeaderName.CONNECTION) || headers.isAt(i, HeaderName.KEEP_ALIVE);
            case 14 -> part == Part.TRAILERS && headers.isAt(i, HeaderName.CONTENT_LENGTH);
            case 16 -> headers.isAt(i, HeaderName.PROXY_CONNECTION);
            case 17 -> headers.isAt(i, HeaderName.TRANSFER_ENCODING);
            case 18 -> headers.isAt(i, HeaderName.PROXY_AUTHENTICATE);
            case 19 -> headers.isAt(i, HeaderName.PROXY_AUTHORIZATION);
            default -> false;
        };
    }
}
