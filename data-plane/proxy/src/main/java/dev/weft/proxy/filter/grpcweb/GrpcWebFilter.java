package dev.weft.proxy.filter.grpcweb;

import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.Next;
import dev.weft.proxy.filter.RequestExchange;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Translates gRPC-Web (grpc/doc/PROTOCOL-WEB.md). Its messages are framed as gRPC's; what differs is that trailers, which a
 * browser cannot read, are one more frame at the end of the body, and that in the text form all of the body is base64. Immutable.
 */
final class GrpcWebFilter implements Filter {
    private static final String WEB = "application/grpc-web";
    private static final String TEXT = "application/grpc-web-text";
    private static final String GRPC = "application/grpc";
    private static final byte TRAILER_FRAME = (byte) 0x80;

    @Override
    public Filter forRequest(RequestExchange exchange) {
        String type = exchange.request().headers().get(HeaderName.CONTENT_TYPE);
        if (type == null || !exchange.request().method().equals("POST")) {
            return PASSING;
        }
        String media = type.strip().toLowerCase(Locale.ROOT);
        String accepted = exchange.request().headers().get(HeaderName.ACCEPT);
        if (is(media, TEXT)) {
            return new Translating(media.substring(TEXT.length()), new Base64Stream(), isText(accepted, true));
        }
        return is(media, WEB) ? new Translating(media.substring(WEB.length()), null, isText(accepted, false)) : PASSING;
    }

    /**
     * The form of the response is what the client accepts, where it says so: the forms of the two directions are independent.
     *
     * @param otherwise where it accepts no form of gRPC-Web by name
     */
    private static boolean isText(@Nullable String accepted, boolean otherwise) {
        if (accepted != null) {
            for (String range : accepted.toLowerCase(Locale.ROOT).split(",", -1)) {
                if (is(range.strip(), TEXT)) {
                    return true;
                }
                if (is(range.strip(), WEB)) {
                    return false;
                }
            }
        }
        return otherwise;
    }

    private static final Filter PASSING = new Filter() {};

    private static boolean is(String media, String type) {
        return media.startsWith(type)
                && (media.length() == type.length()
                        || media.charAt(type.length()) == '+'
                        || media.charAt(type.length()) == ';');
    }

    /** For one request. Confined to its event loop. */
    private static final class Translating implements Filter {
        private final String suffix;
        private final @Nullable Base64Stream text;
        private final boolean responseIsText;
        private boolean responseIsGrpc;

        /**
         * @param suffix of the media type, for instance {@code +proto}
         * @param text decodes the request's body; null in the binary form
         */
        Translating(String suffix, @Nullable Base64Stream text, boolean responseIsText) {
            this.suffix = suffix;
            this.text = text;
            this.responseIsText = responseIsText;
        }

        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            Headers headers = head.headers();
            headers.set(HeaderName.CONTENT_TYPE, GRPC + suffix);
            headers.set(HeaderName.TE, "trailers"); // without which some servers send none
            if (text != null) {
                headers.remove(HeaderName.CONTENT_LENGTH);
            }
            return Next.CONTINUE;
        }

        @Override
        public ByteBuf requestBody(RequestExchange exchange, ByteBuf data, boolean end) {
            if (text == null) {
                return data;
            }
            try {
                return text.decode(data, end);
            } catch (IllegalArgumentException notBase64) {
                data.release();
                exchange.fail(new ProxyFailure.BadEncoding("base64", String.valueOf(notBase64.getMessage()), true));
                return Unpooled.EMPTY_BUFFER;
            }
        }

        @Override
        public Next responseHead(RequestExchange exchange, ResponseHead head, boolean end) {
            String type = head.headers().get(HeaderName.CONTENT_TYPE);
            responseIsGrpc = type != null && is(type.toLowerCase(Locale.ROOT), GRPC);
            if (responseIsGrpc) {
                webType(head, type == null ? "" : type.substring(GRPC.length()));
                head.headers().remove(HeaderName.CONTENT_LENGTH);
            }
            return Next.CONTINUE;
        }

        private void webType(ResponseHead head, String typeSuffix) {
            head.headers().set(HeaderName.CONTENT_TYPE, (responseIsText ? TEXT : WEB) + typeSuffix);
        }

        @Override
        public ByteBuf responseBody(RequestExchange exchange, ByteBuf data, boolean end) {
            return responseIsGrpc ? written(data) : data;
        }

        @Override
        public ByteBuf responseTrailers(RequestExchange exchange, Headers trailers) {
            if (!responseIsGrpc) {
                return Unpooled.EMPTY_BUFFER;
            }
            StringBuilder lines = new StringBuilder();
            trailers.forEach((name, value) ->
                    lines.append(name).append(": ").append(value).append("\r\n"));
            trailers.clear();
            byte[] block = lines.toString().getBytes(StandardCharsets.ISO_8859_1);
            ByteBuf frame = exchange.connection().channel().alloc().buffer(block.length + 5);
            frame.writeByte(TRAILER_FRAME).writeInt(block.length).writeBytes(block);
            return written(frame);
        }

        private ByteBuf written(ByteBuf data) {
            return responseIsText ? Base64Stream.encode(data) : data;
        }

        /** The proxy's own failures are gRPC's trailers in the head, which is where clients look where there is no body. */
        @Override
        public void localResponse(RequestExchange exchange, ResponseHead head) {
            if (GRPC.equals(head.headers().get(HeaderName.CONTENT_TYPE))) {
                webType(head, suffix);
            }
        }
    }
}
