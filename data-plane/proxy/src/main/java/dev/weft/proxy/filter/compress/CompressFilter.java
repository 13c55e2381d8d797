package dev.weft.proxy.filter.compress;

import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.Next;
import dev.weft.proxy.filter.RequestExchange;
import dev.weft.proxy.filter.coding.AcceptedCodings;
import dev.weft.proxy.filter.coding.BodyEncoder;
import dev.weft.proxy.filter.coding.ContentCoding;
import dev.weft.proxy.filter.coding.Representation;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.Vary;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compresses responses as a {@link CompressPolicy} says. Immutable. */
final class CompressFilter implements Filter {
    private static final HeaderName IF_NONE_MATCH = HeaderName.of("if-none-match");
    private static final int NOT_MODIFIED = 304;

    private final CompressPolicy policy;
    private final List<ContentCoding> offered;

    CompressFilter(CompressPolicy policy) {
        this.policy = policy;
        List<ContentCoding> all = new ArrayList<>();
        policy.codings().forEach(level -> all.add(level.coding()));
        all.addAll(policy.elsewhere());
        this.offered = List.copyOf(all);
    }

    @Override
    public Filter forRequest(RequestExchange exchange) {
        return new Compressing();
    }

    private boolean isWorthIt(ResponseHead head) {
        Headers headers = head.headers();
        String type = headers.get(HeaderName.CONTENT_TYPE);
        long length = headers.contentLength();
        return head.status() >= 200
                && head.status() != 204
                && head.status() != 206 // its ranges are of the plain body
                && head.status() != NOT_MODIFIED
                && type != null
                && policy.isType(type)
                && (length < 0 || length >= policy.minLength())
                && !headers.contains(HeaderName.CONTENT_ENCODING)
                && !(policy.skipsEtags() && headers.contains(HeaderName.ETAG))
                && !Representation.isFixed(headers);
    }

    /** For one request. Confined to its event loop. */
    private final class Compressing implements Filter {
        private @Nullable String accepted;
        private boolean fixed;
        private @Nullable BodyEncoder encoder;

        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            accepted = head.headers().joined(HeaderName.ACCEPT_ENCODING);
            fixed = Representation.isFixed(head.headers()); // asked for by the client (RFC 9111, section 5.2.1.6)
            if (policy.hidesAcceptance()) {
                head.headers().remove(HeaderName.ACCEPT_ENCODING);
            }
            return Next.CONTINUE;
        }

        @Override
        public Next responseHead(RequestExchange exchange, ResponseHead head, boolean end) {
            RequestHead request = exchange.request();
            if (head.status() == NOT_MODIFIED
                    && Representation.isKnownRecoded(
                            head.headers(), request.headers().joined(IF_NONE_MATCH))) {
                Vary.on(head.headers(), "accept-encoding");
            }
            // Of a tunnel nothing is a representation, whatever its head says.
            if ((request.isConnect() && head.status() < 300) || !isWorthIt(head)) {
                return Next.CONTINUE;
            }
            Vary.on(head.headers(), "accept-encoding"); // those who get it plain might get it otherwise
            ContentCoding best = AcceptedCodings.best(accepted, offered);
            for (CompressPolicy.Level own : policy.codings()) {
                if (own.coding() == best && !fixed && (!end || request.method().equals("HEAD"))) {
                    encoder = end ? null : BodyEncoder.of(best, own.level()); // HEAD is told what GET would be
                    head.headers().set(HeaderName.CONTENT_ENCODING, best.token());
                    Representation.recoded(head.headers());
                }
            }
            return Next.CONTINUE;
        }

        @Override
        public ByteBuf responseBody(RequestExchange exchange, ByteBuf data, boolean end) {
            return encoder == null ? data : encoder.encode(data, end);
        }

        @Override
        public void end(RequestExchange exchange) {
            if (encoder != null) {
                encoder.close();
            }
        }
    }
}
