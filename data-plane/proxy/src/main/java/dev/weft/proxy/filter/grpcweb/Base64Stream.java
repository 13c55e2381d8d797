package dev.weft.proxy.filter.grpcweb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Base64 that arrives in pieces. A stream may be many padded texts one behind the other, because whoever sends it flushes, so it
 * is decoded group by group.
 *
 * <p>Confined to an event loop.
 */
final class Base64Stream {
    private static final int GROUP = 4;

    private String rest = "";

    /**
     * @param data is taken, unless this throws
     * @param end whether nothing follows
     * @return what is decoded so far
     * @throws IllegalArgumentException where it is no base64, or ends within a group: part of a message would be missing
     */
    ByteBuf decode(ByteBuf data, boolean end) {
        String text = rest + data.toString(StandardCharsets.ISO_8859_1);
        int whole = text.length() - text.length() % GROUP;
        ByteBuf decoded = Unpooled.buffer(whole / GROUP * 3);
        int from = 0;
        while (from < whole) {
            int padding = text.indexOf('=', from);
            int to = padding < 0 || padding >= whole ? whole : padding - padding % GROUP + GROUP;
            decoded.writeBytes(Base64.getDecoder().decode(text.substring(from, to)));
            from = to;
        }
        rest = text.substring(whole);
        if (end && !rest.isEmpty()) {
            throw new IllegalArgumentException("last group: " + rest.length() + " characters (expected: 4)");
        }
        data.release();
        return decoded;
    }

    /** @param data is taken */
    static ByteBuf encode(ByteBuf data) {
        if (!data.isReadable()) {
            return data;
        }
        ByteBuffer encoded = Base64.getEncoder().encode(data.nioBuffer());
        data.release();
        return Unpooled.wrappedBuffer(encoded);
    }
}
