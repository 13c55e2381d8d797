package dev.weft.proxy.filter.fault;

import dev.weft.proxy.failure.GrpcStatus;
import dev.weft.proxy.failure.ProxyFailure.FaultInjected;
import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.Next;
import dev.weft.proxy.filter.RequestExchange;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.route.RequestMatcher;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Delays and aborts requests as a {@link FaultPolicy} says. Thread-safe; each request has an instance of its own. */
final class FaultFilter implements Filter {
    private static final HeaderName DELAY_REQUEST = HeaderName.of("x-envoy-fault-delay-request");
    private static final HeaderName ABORT_REQUEST = HeaderName.of("x-envoy-fault-abort-request");
    private static final HeaderName ABORT_GRPC_REQUEST = HeaderName.of("x-envoy-fault-abort-grpc-request");

    /** A client may ask for a delay, but not for one that holds its request for ever. */
    private static final long MAX_ASKED_MILLIS = Duration.ofMinutes(5).toMillis();

    private final FaultPolicy policy;
    private final RequestMatcher matcher;

    /** Requests that were delayed and are not over. */
    private final AtomicInteger active = new AtomicInteger();

    FaultFilter(FaultPolicy policy) {
        this.policy = policy;
        this.matcher = new RequestMatcher(policy.headers());
    }

    @Override
    public Filter forRequest(RequestExchange exchange) {
        return new Fault();
    }

    private @Nullable Duration delay(RequestExchange exchange, RequestHead head) {
        FaultPolicy.Delay delay = policy.delay().orElse(null);
        if (delay == null || !delay.share().takes(exchange.random())) {
            return null;
        }
        if (delay.fixed().isPresent()) {
            return delay.fixed().get();
        }
        long millis = number(head, DELAY_REQUEST);
        return millis > 0 ? Duration.ofMillis(Math.min(millis, MAX_ASKED_MILLIS)) : null;
    }

    private @Nullable FaultInjected abort(RequestExchange exchange, RequestHead head) {
        FaultPolicy.Abort abort = policy.abort().orElse(null);
        if (abort == null || !abort.share().takes(exchange.random())) {
            return null;
        }
        return switch (abort.status().orElse(null)) {
            case FaultPolicy.Status.Http http -> ofHttp(http.code());
            case FaultPolicy.Status.Grpc grpc -> new FaultInjected(200, grpc.code());
            case null -> {
                long asked = number(head, ABORT_REQUEST);
                long grpc = number(head, ABORT_GRPC_REQUEST);
                if (FaultPolicy.isStatus(asked)) {
                    yield ofHttp((int) asked);
                }
                yield FaultPolicy.isGrpcStatus(grpc) ? new FaultInjected(200, (int) grpc) : null;
            }
        };
    }

    private static FaultInjected ofHttp(int status) {
        return new FaultInjected(status, GrpcStatus.ofHttp(status));
    }

    /** The whole number in a field; -1 where there is none. */
    private static long number(RequestHead head, HeaderName name) {
        String text = head.headers().get(name);
        try {
            return text == null ? -1 : Long.parseLong(text.strip());
        } catch (NumberFormatException notANumber) {
            return -1;
        }
    }

    /** For one request. Confined to its event loop. */
    private final class Fault implements Filter {
        private @Nullable Future<?> waiting;
        private boolean counted;

        @Override
        public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
            if (!matcher.matches(head) || active.get() >= policy.maxActive()) {
                return Next.CONTINUE;
            }
            Duration delay = delay(exchange, head);
            if (delay == null) {
                return aborted(exchange, head) ? Next.STOP : Next.CONTINUE;
            }
            if (active.incrementAndGet() > policy.maxActive()) {
                active.decrementAndGet(); // another loop was faster
                return Next.CONTINUE;
            }
            counted = true;
            waiting = exchange.loop()
                    .schedule(
                            () -> {
                                if (!exchange.isOver() && !aborted(exchange, head)) {
                                    exchange.proceed();
                                }
                            },
                            delay.toNanos(),
                            TimeUnit.NANOSECONDS);
            return Next.WAIT;
        }

        private boolean aborted(RequestExchange exchange, RequestHead head) {
            FaultInjected abort = abort(exchange, head);
            if (abort != null) {
                exchange.fail(abort);
            }
            return abort != null;
        }

        @Override
        public void end(RequestExchange exchange) {
            if (waiting != null) {
                waiting.cancel(false);
            }
            if (counted) {
                active.decrementAndGet();
            }
        }
    }
}
