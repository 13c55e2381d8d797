package dev.weft.proxy.filter.decompress;

import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.Next;
import dev.weft.proxy.filter.RequestExchange;
import dev.weft.proxy.filter.coding.BodyDecoder;
import dev.weft.proxy.filter.coding.ContentCoding;
import dev.weft.proxy.filter.coding.Representation;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.compression.DecompressionException;
import org.jspecify.annotations.Nullable;

/** Decompresses bodies as a {@link DecompressPolicy} says. Immutable. */
final class DecompressFilter implements Filter {
    private final DecompressPolicy policy;

    DecompressFilter(DecompressPolicy policy) {
        this.policy = policy;
    }

    @Override
    public Filter forRequest(RequestExchange exchange) {
        return new Decompressing();
    }

    /** A decoder for what these fields are about, which say then that it is plain; null where it is none of ours. */
    private @Nullable BodyDecoder begin(RequestExchange exchange, Headers headers) {
        String coding = headers.get(HeaderName.CONTENT_ENCODING);
        if (coding == null
                || headers.count(HeaderName.CONTENT_ENCODING) > 1
                || ContentCoding.of(coding.strip()) != policy.coding()
                || (Representation.isFixed(headers) && !policy.ignoresNoTransform())) {
            return null;
        }
        headers.remove(HeaderName.CONTENT_ENCODING);
        Representation.recoded(headers);
        return BodyDecoder.of(policy.coding(), exchange.connection().channel().alloc());
    }

    /** For one request. Confined to its event loop. */
    private final class Decompressing implements Filter {
        private @Nullable BodyDecoder request;
        private @Nullable BodyDecoder response;

        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            if (policy.requests() && !end) {
                request = begin(exchange, head.headers());
            }
            if (policy.responses() && policy.advertises()) {
                String accepted = head.headers().joined(HeaderName.ACCEPT_ENCODING);
                String own = policy.coding().token();
                head.headers().set(HeaderName.ACCEPT_ENCODING, accepted == null ? own : accepted + ", " + own);
            }
            return Next.CONTINUE;
        }

        @Override
        public ByteBuf requestBody(RequestExchange exchange, ByteBuf data, boolean end) {
            return request == null ? data : decode(exchange, request, data, end, true);
        }

        @Override
        public Next responseHead(RequestExchange exchange, ResponseHead head, boolean end) {
            if (policy.responses() && !end && head.status() != 206) {
                response = begin(exchange, head.headers());
            }
            return Next.CONTINUE;
        }

        @Override
        public ByteBuf responseBody(RequestExchange exchange, ByteBuf data, boolean end) {
            return response == null ? data : decode(exchange, response, data, end, false);
        }

        private ByteBuf decode(
                RequestExchange exchange, BodyDecoder decoder, ByteBuf data, boolean end, boolean ofRequest) {
            try {
                return decoder.decode(data, end);
            } catch (DecompressionException e) {
                exchange.fail(new ProxyFailure.BadEncoding(
                        policy.coding().token(), String.valueOf(e.getMessage()), ofRequest));
                return Unpooled.EMPTY_BUFFER;
            }
        }

        @Override
        public void end(RequestExchange exchange) {
            if (request != null) {
                request.close();
            }
            if (response != null) {
                response.close();
            }
        }
    }
}
