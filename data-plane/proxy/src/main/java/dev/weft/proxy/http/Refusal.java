package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * The answer to what was no request, since its head could not be read whole.
 *
 * @param head with the {@code content-length} of {@code body}, where its status lets it have one
 * @param body its owner is whoever sends the answer
 */
public record Refusal(ResponseHead head, ByteBuf body) {
    /** Says why. */
    public static Refusal of(int status, String reason) {
        ByteBuf body = Unpooled.wrappedBuffer((reason + '\n').getBytes(StandardCharsets.US_ASCII));
        ResponseHead head = new ResponseHead().status(status);
        head.headers().add(HeaderName.CONTENT_TYPE, "text/plain");
        head.headers().add(HeaderName.CONTENT_LENGTH, Integer.toString(body.readableBytes()));
        return new Refusal(head, body);
    }
}
