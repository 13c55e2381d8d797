package dev.weft.sidecar.live;

import java.util.List;

/**
 * One response of a control plane. Immutable.
 *
 * @param removed names that are gone, where the control plane tells so (delta)
 * @param complete whether what is not in it is gone (state of the world, listeners and clusters)
 */
public record Delivery(String typeUrl, List<Received> resources, List<String> removed, boolean complete) {
    public Delivery {
        resources = List.copyOf(resources);
        removed = List.copyOf(removed);
    }
}
