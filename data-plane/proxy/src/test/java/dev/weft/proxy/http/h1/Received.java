package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.http.StreamReset;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What came of a message behind its head, as its handler saw it. Confined to the test's thread. */
abstract class Received implements StreamHandler {
    final StringBuilder body = new StringBuilder();
    String trailers = "";
    int ends;
    int writables;

    @Nullable
    StreamReset reset;

    @Override
    public void data(ByteBuf data, boolean end) {
        body.append(data.toString(StandardCharsets.ISO_8859_1));
        data.release();
        ends += end ? 1 : 0;
    }

    @Override
    public void trailers(Headers came) {
        trailers = came.toString();
        ends++;
    }

    @Override
    public void reset(StreamReset cause) {
        reset = cause;
    }

    @Override
    public void writable() {
        writables++;
    }
}
