package dev.weft.proxy.route;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.RetryPolicy.RateLimited;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.NamedMatch;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Immutable: what the fields of a request and of its response have to do with retries. */
public final class RetryRules {
    /** No field says when to come back. */
    public static final long NOT_SAID = -1;

    private static final String STATUS = ":status";
    private static final int NO_LOT = 0;

    /** More digits are no time that anybody waits for, nor one of this millennium. */
    private static final int MOST_DIGITS = 12;

    private final Condition[] request;
    private final List<ResponseField> response;
    private final List<Reset> resets;
    private final long longestNanos;

    /**
     * @param name null for the status
     */
    private record ResponseField(@Nullable HeaderName name, Condition.Outcome outcome) {
        static ResponseField compile(NamedMatch match) {
            HeaderName name = match.name().equals(STATUS) ? null : HeaderName.of(match.name());
            return new ResponseField(name, Condition.Outcome.of(match));
        }

        boolean holds(int status, Headers headers) {
            return outcome.of(name == null ? Integer.toString(status) : headers.joined(name));
        }
    }

    private record Reset(HeaderName name, boolean unixTime) {}

    private RetryRules(RetryPolicy policy) {
        this.request =
                Condition.compile(new RouteMatch(RouteMatch.ANY.path(), policy.requestHeaders(), List.of(), false));
        this.response =
                policy.responseHeaders().stream().map(ResponseField::compile).toList();
        this.resets = policy.rateLimited().map(RateLimited::headers).orElse(List.of()).stream()
                .map(reset -> new Reset(HeaderName.of(reset.name()), reset.unixTime()))
                .toList();
        this.longestNanos = policy.rateLimited().map(r -> r.longest().toNanos()).orElse(0L);
    }

    /**
     * @return null where fields have nothing to do with it
     * @throws IllegalArgumentException where a name or an expression is none
     */
    static @Nullable RetryRules compile(RetryPolicy policy) {
        boolean none = policy.requestHeaders().isEmpty()
                && policy.responseHeaders().isEmpty()
                && policy.rateLimited().isEmpty();
        return none ? null : new RetryRules(policy);
    }

    /** Whether this request may be retried at all. */
    public boolean allow(RequestHead head) {
        for (Condition condition : request) {
            if (condition.holds(head, NO_LOT)) {
                return true;
            }
        }
        return request.length == 0;
    }

    /** Whether a response is to be retried for one of its fields. */
    public boolean want(int status, Headers headers) {
        for (ResponseField field : response) {
            if (field.holds(status, headers)) {
                return true;
            }
        }
        return false;
    }

    /** Whether it is for the response to say when to come back, in fields of its route's choice. */
    public boolean readResets() {
        return !resets.isEmpty();
    }

    /** Nanoseconds that the response wants a client to wait, or {@link #NOT_SAID}. */
    public long resetNanos(Headers headers, long nowMillis) {
        for (Reset reset : resets) {
            int i = headers.indexOf(reset.name, 0);
            long seconds = i < 0 ? NOT_SAID : seconds(headers.valueAt(i));
            if (seconds != NOT_SAID && reset.unixTime) {
                seconds -= TimeUnit.MILLISECONDS.toSeconds(nowMillis);
            }
            if (seconds >= 0 && seconds <= TimeUnit.NANOSECONDS.toSeconds(longestNanos)) {
                return TimeUnit.SECONDS.toNanos(seconds);
            }
        }
        return NOT_SAID;
    }

    private static long seconds(String value) {
        boolean number = !value.isEmpty()
                && value.length() <= MOST_DIGITS
                && value.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? Long.parseLong(value) : NOT_SAID;
    }
}
