package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.RouteTable;
import java.time.Duration;
import java.util.List;

/**
 * A listener as configured, before its routes are there. Immutable.
 *
 * @param config names the route table by the key that {@code routes} settles
 * @param upgrades protocols that routes without a list of their own may switch to
 */
public record ListenerDraft(ListenerConfig config, Routes routes, List<String> upgrades) {
    /** Where a listener's routes come from. */
    public sealed interface Routes permits Inline, Remote, None {}

    /** Written in the listener. */
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
        upgrades = List.copyOf(upgrades);
    }
}
