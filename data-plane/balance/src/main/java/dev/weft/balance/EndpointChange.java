package dev.weft.balance;

import java.util.List;

/**
 * Immutable. What an update did to the set of addresses: health checks of {@code added} ones begin, pools of
 * {@code removed} ones drain.
 */
public record EndpointChange(List<Endpoint> added, List<Endpoint> removed) {

    public EndpointChange {
        added = List.copyOf(added);
        removed = List.copyOf(removed);
    }
}
