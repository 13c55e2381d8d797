package dev.weft.proxy.forward;

import dev.weft.balance.limit.Backoff;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.model.RetryPolicy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * How often a request was repeated, and how long the next repetition waits.
 *
 * <p>Confined to its exchange's event loop.
 */
final class RetryState {
    static final long NO_RETRY_AFTER = 0;
    static final long NOT_WORTH_WAITING = Backoff.NOT_WORTH_WAITING;

    /** Enough to get past two endpoints that have just died; more would multiply the load of a cluster that is down. */
    private static final int SAFE_REPEATS = 2;

    /**
     * A connection that leaves has taken at least one of those that were sent on it with this request, and the others wait in their
     * order: as many as usually share a connection are at most ahead.
     */
    private static final int REPEATS_ELSEWHERE = 100;

    /** After the safe ones, each with a wait and a permit: about half a second in all, for an upstream that is full for a moment. */
    private static final int REPEATS_OF_REFUSED = 5;

    private static final Duration REFUSED_BACKOFF = Duration.ofMillis(25);
    private static final Duration MAX_REFUSED_BACKOFF = Duration.ofMillis(250);

    private static final Duration MAX_RETRY_AFTER = Duration.ofSeconds(5);
    private static final int MAX_RETRY_AFTER_DIGITS = 9;

    private int safeRepeats;
    private int elsewhere;
    private int ofRefused;
    private int retries;

    /** A retry permit is held and the retry has not begun. */
    private boolean planned;

    /** Counts a repetition that needs no permission; false where there were enough. */
    boolean mayRepeatSafely() {
        if (safeRepeats == SAFE_REPEATS) {
            return false;
        }
        safeRepeats++;
        return true;
    }

    /** Counts a repetition on another connection, since one has left; false where that were too many. */
    boolean mayRepeatElsewhere() {
        if (elsewhere == REPEATS_ELSEWHERE) {
            return false;
        }
        elsewhere++;
        return true;
    }

    /** How long a request waits that was refused again; {@link #NOT_WORTH_WAITING} after enough of that. */
    long refusedDelayNanos(RandomGenerator random) {
        return ofRefused < REPEATS_OF_REFUSED
                ? new Backoff(REFUSED_BACKOFF, MAX_REFUSED_BACKOFF, MAX_RETRY_AFTER)
                        .delayNanos(ofRefused, NO_RETRY_AFTER, random)
                : NOT_WORTH_WAITING;
    }

    void repeatOfRefusedIsPlanned() {
        ofRefused++;
        planned = true;
    }

    boolean mayRetry(RetryPolicy policy) {
        return retries < policy.retries();
    }

    void retryIsPlanned() {
        retries++;
        planned = true;
    }

    /** Whether a planned retry was still to be begun; it is not planned any more. */
    boolean takePlanned() {
        boolean was = planned;
        planned = false;
        return was;
    }

    /** Full jitter, on top of what the upstream asked for; or {@link #NOT_WORTH_WAITING}. */
    long delayNanos(RetryPolicy policy, long retryAfterNanos, RandomGenerator random) {
        Duration max =
                policy.maxBackoff().compareTo(policy.baseBackoff()) < 0 ? policy.baseBackoff() : policy.maxBackoff();
        return new Backoff(policy.baseBackoff(), max, MAX_RETRY_AFTER).delayNanos(retries, retryAfterNanos, random);
    }

    /** Up to half as long again as the upstream asked for, so that not all come back at once. */
    static long notBefore(long resetNanos, RandomGenerator random) {
        return resetNanos + random.nextLong(resetNanos / 2 + 1);
    }

    /** Retry-After in seconds (RFC 9110, section 10.2.3); a date, which needs a common clock, counts as absent. */
    static long retryAfterNanos(Headers headers) {
        int i = headers.indexOf(HeaderName.RETRY_AFTER, 0);
        int length = i < 0 ? 0 : headers.valueLength(i);
        if (length == 0 || length > MAX_RETRY_AFTER_DIGITS) {
            return NO_RETRY_AFTER;
        }
        long seconds = 0;
        for (int k = 0; k < length; k++) {
            int digit = headers.array()[headers.valueOffset(i) + k] - '0';
            if (digit < 0 || digit > 9) {
                return NO_RETRY_AFTER;
            }
            seconds = seconds * 10 + digit;
        }
        return TimeUnit.SECONDS.toNanos(seconds);
    }
}
