package dev.weft.proxy.filter.ratelimit;

import dev.weft.proxy.failure.ProxyFailure.RateLimited;
import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.Next;
import dev.weft.proxy.filter.RequestExchange;
import dev.weft.proxy.filter.ratelimit.RateLimitPolicy.KeyPart;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets requests pass while there are tokens. Every descriptor that covers a request must have one, and so must the
 * bucket for all where it counts. Thread-safe.
 */
final class RateLimitFilter implements Filter {
    private static final HeaderName LIMIT = HeaderName.of("x-ratelimit-limit");
    private static final HeaderName REMAINING = HeaderName.of("x-ratelimit-remaining");
    private static final HeaderName RESET = HeaderName.of("x-ratelimit-reset");

    private final RateLimitPolicy policy;
    private final LongSupplier nanoTime;
    private final @Nullable TokenBucket all;
    private final List<DescriptorBuckets> descriptors;
    private final HeaderName[][] headers;

    RateLimitFilter(RateLimitPolicy policy, LongSupplier nanoTime) {
        long now = nanoTime.getAsLong();
        this.policy = policy;
        this.nanoTime = nanoTime;
        this.all = policy.limit().map(limit -> new TokenBucket(limit, now)).orElse(null);
        this.descriptors = policy.descriptors().stream()
                .map(descriptor -> new DescriptorBuckets(descriptor, policy.maxKeys(), now))
                .toList();
        this.headers = policy.keys().stream().map(RateLimitFilter::names).toArray(HeaderName[][]::new);
    }

    private static HeaderName[] names(List<KeyPart> keys) {
        return keys.stream()
                .map(key -> HeaderName.of(key instanceof KeyPart.Header header ? header.header() : "none"))
                .toArray(HeaderName[]::new);
    }

    @Override
    public Filter forRequest(RequestExchange exchange) {
        return new Limiting();
    }

    /** The values of a request's descriptor; null where it has none. */
    private static @Nullable List<String> values(
            List<KeyPart> keys, HeaderName[] names, RequestExchange exchange, RequestHead head) {
        List<String> values = new ArrayList<>(keys.size());
        for (int i = 0; i < names.length; i++) {
            String value = switch (keys.get(i)) {
                case KeyPart.Header _ -> head.headers().get(names[i]);
                case KeyPart.Address _ -> exchange.clientAddress();
                case KeyPart.Constant constant -> constant.value();
            };
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return values;
    }

    /** Rounded up, so that whoever waits so long does not come too early. */
    private static String seconds(long nanos) {
        return Long.toString(Math.ceilDiv(nanos, TimeUnit.SECONDS.toNanos(1)));
    }

    /** For one request. Confined to its event loop. */
    private final class Limiting implements Filter {
        /** Of those that count the request the one that refused it, or had the least left: what the client is told of. */
        private @Nullable TokenBucket nearest;

        private long left = Long.MAX_VALUE;

        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            if (!policy.enforced().takes(exchange.random())) {
                return Next.CONTINUE;
            }
            long now = nanoTime.getAsLong();
            boolean covered = false;
            for (int i = 0; i < headers.length; i++) {
                List<KeyPart> keys = policy.keys().get(i);
                List<String> values = values(keys, headers[i], exchange, head);
                for (DescriptorBuckets descriptor : values == null ? List.<DescriptorBuckets>of() : descriptors) {
                    if (values != null && descriptor.covers(keys, values)) {
                        covered = true;
                        if (!takes(descriptor.bucket(values, now), now)) {
                            return refuse(exchange, keys.getFirst().name());
                        }
                    }
                }
            }
            if ((!covered || policy.countsAll()) && all != null && !takes(all, now)) {
                return refuse(exchange, "all requests");
            }
            return Next.CONTINUE;
        }

        private boolean takes(TokenBucket bucket, long now) {
            boolean taken = bucket.take(now);
            long tokens = taken ? bucket.tokens(now) : -1;
            if (tokens < left) {
                left = tokens;
                nearest = bucket;
            }
            return taken;
        }

        private Next refuse(RequestExchange exchange, String limit) {
            exchange.fail(new RateLimited(limit, policy.status(), policy.resourceExhausted()));
            return Next.STOP;
        }

        @Override
        public Next responseHead(RequestExchange exchange, ResponseHead head, boolean end) {
            tell(head.headers());
            return Next.CONTINUE;
        }

        @Override
        public void localResponse(RequestExchange exchange, ResponseHead head) {
            tell(head.headers());
            long wait = nearest == null ? 0 : nearest.nanosToToken(nanoTime.getAsLong());
            if (wait > 0 && exchange.failure() instanceof RateLimited) {
                head.headers().set(HeaderName.RETRY_AFTER, seconds(wait));
            }
        }

        private void tell(Headers response) {
            if (policy.tellsClients() && nearest != null) {
                long now = nanoTime.getAsLong();
                response.set(LIMIT, Integer.toString(nearest.size()));
                response.set(REMAINING, Long.toString(nearest.tokens(now)));
                response.set(RESET, seconds(nearest.nanosToFull(now)));
            }
        }
    }
}
