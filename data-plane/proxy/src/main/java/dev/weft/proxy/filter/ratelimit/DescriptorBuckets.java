package dev.weft.proxy.filter.ratelimit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The buckets of one descriptor: one, or where it is open (some entry takes any value) one for each combination of values, up to
 * a number of them.
 *
 * <p>Thread-safe: the map is guarded by this; loops hold the lock for a look-up.
 */
final class DescriptorBuckets {
    private final RateLimitPolicy.Descriptor descriptor;
    private final boolean open;
    private final Map<List<String>, TokenBucket> buckets;

    DescriptorBuckets(RateLimitPolicy.Descriptor descriptor, int maxKeys, long nowNanos) {
        this.descriptor = descriptor;
        this.open = descriptor.entries().stream().anyMatch(e -> e.value().isEmpty());
        this.buckets = new LeastUsedGoes(open ? maxKeys : 1);
        if (!open) {
            buckets.put(List.of(), new TokenBucket(descriptor.limit(), nowNanos));
        }
    }

    Limit limit() {
        return descriptor.limit();
    }

    /** Whether it is for requests with these entries. */
    boolean covers(List<RateLimitPolicy.KeyPart> keys, List<String> values) {
        List<RateLimitPolicy.EntryMatch> entries = descriptor.entries();
        if (entries.size() != keys.size()) {
            return false;
        }
        for (int i = 0; i < entries.size(); i++) {
            RateLimitPolicy.EntryMatch entry = entries.get(i);
            if (!entry.key().equals(keys.get(i).name())
                    || !(entry.value().isEmpty() || entry.value().equals(values.get(i)))) {
                return false;
            }
        }
        return true;
    }

    synchronized TokenBucket bucket(List<String> values, long nowNanos) {
        return buckets.computeIfAbsent(open ? values : List.of(), key -> new TokenBucket(descriptor.limit(), nowNanos));
    }

    /** In the order of use, bounded. */
    private static final class LeastUsedGoes extends LinkedHashMap<List<String>, TokenBucket> {
        private static final long serialVersionUID = 1;
        private static final float LOAD = 0.75f;

        private final int max;

        LeastUsedGoes(int max) {
            super(16, LOAD, true);
            this.max = max;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<List<String>, TokenBucket> eldest) {
            return size() > max;
        }
    }
}
