package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.CodecFields;
import dev.weft.proxy.http.Headers;
import io.netty.buffer.ByteBuf;

/** Writes a body whose length is not known beforehand, piece by piece (RFC 9112, section 7.1). Stateless. */
final class ChunkedCoding {
    /** What the head says of it. */
    static final byte[] FIELD = Bytes.ascii("transfer-encoding: chunked\r\n");

    private static final byte[] DATA_END = Bytes.ascii("\r\n");
    private static final byte[] LAST_CHUNK = Bytes.ascii("0\r\n\r\n");
    private static final byte[] DATA_END_LAST_CHUNK = Bytes.ascii("\r\n0\r\n\r\n");
    private static final byte[] LAST_CHUNK_WITH_TRAILERS = Bytes.ascii("0\r\n");

    private ChunkedCoding() {}

    /** Takes ownership. An empty piece is none, for a chunk without bytes would be the last one. */
    static void chunk(Outbound out, HeadWriter writer, ByteBuf data, boolean end) {
        int length = data.readableBytes();
        if (length == 0) {
            data.release();
            if (end) {
                out.bytes(LAST_CHUNK, LAST_CHUNK.length);
            }
            return;
        }
        writer.start();
        writer.chunkSize(length);
        out.head(writer);
        out.data(data);
        byte[] after = end ? DATA_END_LAST_CHUNK : DATA_END;
        out.bytes(after, after.length);
    }

    /** Ends the body. */
    static void trailers(Outbound out, HeadWriter writer, Headers trailers) {
        writer.start();
        writer.raw(LAST_CHUNK_WITH_TRAILERS);
        writer.fields(trailers, CodecFields.Part.TRAILERS, false);
        writer.crlf();
        out.head(writer);
    }
}
