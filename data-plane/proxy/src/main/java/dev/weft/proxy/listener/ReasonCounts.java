package dev.weft.proxy.listener;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/** How often something failed, by reason, since the start. Thread-safe. */
final class ReasonCounts<R extends Enum<R>> {
    /** Immutable but for the counts. */
    private final Map<R, LongAdder> counts;

    private final Function<R, String> label;

    ReasonCounts(Class<R> reasons, Function<R, String> label) {
        this.counts = new EnumMap<>(reasons);
        this.label = label;
        for (R reason : reasons.getEnumConstants()) {
            counts.put(reason, new LongAdder());
        }
    }

    void add(R reason) {
        LongAdder count = counts.get(reason);
        if (count != null) {
            count.increment();
        }
    }

    /** By label; a reason that never was has a zero. */
    Map<String, Long> read() {
        Map<String, Long> read = new TreeMap<>();
        counts.forEach((reason, count) -> read.put(label.apply(reason), count.sum()));
        return read;
    }
}
