package dev.weft.proxy.filter.ratelimit;

import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.FilterPolicy;
import dev.weft.proxy.model.Share;
import java.util.List;
import java.util.Optional;

/**
 * How many requests may pass: all together, and those that are alike in some respect.
 *
 * @param limit of all together; absent for none
 * @param keys from what the descriptor of a request is made, each list a descriptor
 * @param descriptors limits of those whose descriptor is this one
 * @param maxKeys for how many values of one open descriptor there are buckets at a time; the least used goes first
 * @param countsAll whether requests that a descriptor is for take a token of {@code limit} too
 * @param enforced the share of requests that is counted and refused where there is no token
 * @param status with what is answered
 * @param resourceExhausted whether gRPC says RESOURCE_EXHAUSTED, instead of UNAVAILABLE
 * @param tellsClients whether {@code x-ratelimit-limit}, {@code -remaining} and {@code -reset} are given
 */
public record RateLimitPolicy(
        Optional<Limit> limit,
        List<List<KeyPart>> keys,
        List<Descriptor> descriptors,
        int maxKeys,
        boolean countsAll,
        Share enforced,
        int status,
        boolean resourceExhausted,
        boolean tellsClients)
        implements FilterPolicy {
    /** A part of a request's descriptor. */
    public sealed interface KeyPart {
        /** What its entry is called. */
        String name();

        /** A header's value; a request without it has no such descriptor. */
        record Header(String name, String header) implements KeyPart {}

        /** The client's address. */
        record Address(String name) implements KeyPart {}

        /** The same for all. */
        record Constant(String name, String value) implements KeyPart {}
    }

    /**
     * @param value what it must be; empty for any, each with a bucket of its own
     */
    public record EntryMatch(String key, String value) {}

    /** A limit for requests with these entries, in this order. */
    public record Descriptor(List<EntryMatch> entries, Limit limit) {
        public Descriptor {
            entries = List.copyOf(entries);
        }
    }

    public RateLimitPolicy {
        keys = keys.stream().map(List::copyOf).toList();
        descriptors = List.copyOf(descriptors);
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException("status: " + status + " (expected: 400 to 599)");
        }
        if (maxKeys < 1) {
            throw new IllegalArgumentException("max_dynamic_descriptors: " + maxKeys + " (expected: > 0)");
        }
    }

    /** So many requests, and 429 for the others. */
    public static RateLimitPolicy of(Limit limit) {
        return new RateLimitPolicy(Optional.of(limit), List.of(), List.of(), 20, true, Share.ALL, 429, false, false);
    }

    @Override
    public Filter filter() {
        return new RateLimitFilter(this, System::nanoTime);
    }
}
