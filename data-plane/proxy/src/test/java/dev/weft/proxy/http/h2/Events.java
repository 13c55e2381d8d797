package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.ClientStreamHandler;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.StreamReset;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A handler that writes down what it is told, one line each. */
class Events implements ClientStreamHandler {
    final List<String> lines = new ArrayList<>();
    long dataBytes;

    @Override
    public void informational(ResponseHead head) {
        lines.add("informational " + head.status() + fields(head.headers()));
    }

    @Override
    public void head(ResponseHead head, boolean end) {
        lines.add("head " + head.status() + fields(head.headers()) + (end ? " end" : ""));
    }

    @Override
    public void data(ByteBuf data, boolean end) {
        int bytes = data.readableBytes();
        dataBytes += bytes;
        String shown = bytes > 20 ? bytes + " bytes" : "\"" + data.toString(StandardCharsets.ISO_8859_1) + "\"";
        lines.add("data " + shown + (end ? " end" : ""));
        data.release();
    }

    @Override
    public void trailers(Headers trailers) {
        lines.add("trailers" + fields(trailers));
    }

    @Override
    public void reset(StreamReset cause) {
        lines.add("reset " + cause);
    }

    @Override
    public void writable() {
        lines.add("writable");
    }

    static String fields(Headers headers) {
        List<String> all = new ArrayList<>();
        headers.forEach((name, value) -> all.add(name + "=" + value));
        return all.isEmpty() ? "" : " " + all;
    }
}
