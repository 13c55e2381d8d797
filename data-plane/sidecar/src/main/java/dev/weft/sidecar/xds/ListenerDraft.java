package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.RouteTable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A listener as configured, before its routes are there. Immutable.
 *
 * @param config its chains name their route tables by the keys that {@code sources} settle
 * @param sources where the routes of each of its chains come from, in the order of {@link ListenerConfig#allChains}
 */
public record ListenerDraft(ListenerConfig config, List<Source> sources) {
    /**
     * What a chain waits for.
     *
     * @param upgrades protocols that routes without a list of their own may switch to
     * @param tls what it terminates TLS with, where secrets of it are not here; the chain is without TLS till then
     */
    public record Source(Routes routes, List<String> upgrades, Optional<TlsDraft.Server> tls) {
        public Source {
            upgrades = List.copyOf(upgrades);
        }

        /** Of a chain that waits for its routes alone. */
        public Source(Routes routes, List<String> upgrades) {
            this(routes, upgrades, Optional.empty());
        }
    }

    /** Where a chain's routes come from. */
    public sealed interface Routes permits Inline, Remote, None {}

    /** Written in it. */
    public record Inline(RouteTable table) implements Routes {}

    /**
     * Sent by RDS.
     *
     * @param initialFetchTimeout how long the listener waits for them; zero for ever
     */
    public record Remote(String name, Duration initialFetchTimeout) implements Routes {}

    /** Opaque TCP. */
    public record None() implements Routes {}

    public ListenerDraft {
        sources = List.copyOf(sources);
    }
}
