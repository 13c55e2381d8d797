package dev.weft.proxy.http.h1;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;

/** Status lines as bytes, made once. Immutable. */
final class Statuses {
    private static final byte[][] LINES = new byte[500][];

    static {
        for (int status = 100; status < 600; status++) {
            String reason = HttpResponseStatus.valueOf(status).reasonPhrase();
            LINES[status - 100] = ("HTTP/1.1 " + status + ' ' + reason + "\r\n").getBytes(StandardCharsets.US_ASCII);
        }
    }

    private Statuses() {}

    static byte[] line(int status) {
        return LINES[status - 100];
    }
}
