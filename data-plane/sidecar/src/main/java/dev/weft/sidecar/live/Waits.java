package dev.weft.sidecar.live;

import dev.weft.sidecar.xds.ResourceType;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How long each resource that something refers to is waited for. Confined to the configuration's thread.
 *
 * <p>Two clocks run for a name: Envoy's initial fetch timeout from the moment it is first wanted, connected or not; and, while
 * a control plane is connected, 15 s after which the resource is taken not to exist.
 */
final class Waits {
    static final Duration DOES_NOT_EXIST = Duration.ofSeconds(15);

    private final Timers timers;
    private final BiConsumer<ResourceType, String> giveUp;
    private final Map<ResourceType, Map<String, Wait>> waiting = new EnumMap<>(ResourceType.class);
    private boolean connected;

    private static final class Wait {
        private Timers.@Nullable Timer initialFetch;
        private Timers.@Nullable Timer doesNotExist;

        void end() {
            endDoesNotExist();
            if (initialFetch != null) {
                initialFetch.cancel();
            }
        }

        void endDoesNotExist() {
            if (doesNotExist != null) {
                doesNotExist.cancel();
                doesNotExist = null;
            }
        }
    }

    Waits(Timers timers, BiConsumer<ResourceType, String> giveUp) {
        this.timers = timers;
        this.giveUp = giveUp;
    }

    /**
     * Waits for exactly these names of a type, as far as they are not settled.
     *
     * @param names with the initial fetch timeout of each; zero for none
     */
    void expect(ResourceType type, Map<String, Duration> names, Predicate<String> settled) {
        Map<String, Wait> ofType = of(type);
        for (String name : new HashSet<>(ofType.keySet())) {
            if (!names.containsKey(name) || settled.test(name)) {
                arrived(type, name);
            }
        }
        names.forEach((name, timeout) -> {
            if (!settled.test(name) && !ofType.containsKey(name)) {
                ofType.put(name, begin(type, name, timeout));
            }
        });
    }

    private Wait begin(ResourceType type, String name, Duration initialFetchTimeout) {
        Wait wait = new Wait();
        if (!initialFetchTimeout.isZero()) {
            wait.initialFetch = timers.after(initialFetchTimeout, () -> passed(type, name));
        }
        if (connected) {
            wait.doesNotExist = timers.after(DOES_NOT_EXIST, () -> passed(type, name));
        }
        return wait;
    }

    private void passed(ResourceType type, String name) {
        arrived(type, name);
        giveUp.accept(type, name);
    }

    /** There is nothing to wait for any more. */
    void arrived(ResourceType type, String name) {
        Wait wait = of(type).remove(name);
        if (wait != null) {
            wait.end();
        }
    }

    void connected() {
        if (connected) {
            return;
        }
        connected = true;
        waiting.forEach((type, ofType) -> ofType.forEach(
                (name, wait) -> wait.doesNotExist = timers.after(DOES_NOT_EXIST, () -> passed(type, name))));
    }

    void disconnected() {
        connected = false;
        waiting.values().forEach(ofType -> ofType.values().forEach(Wait::endDoesNotExist));
    }

    Set<String> names(ResourceType type) {
        return Set.copyOf(of(type).keySet());
    }

    private Map<String, Wait> of(ResourceType type) {
        return waiting.computeIfAbsent(type, t -> new HashMap<>());
    }
}
