package dev.weft.sidecar.live;

import dev.weft.sidecar.xds.ClusterDraft;
import dev.weft.sidecar.xds.ListenerDraft;
import java.util.List;

/** What the bootstrap says itself; it is there for the life of the process. Immutable. */
public record StaticResources(List<ListenerDraft> listeners, List<ClusterDraft> clusters) {
    public StaticResources {
        listeners = List.copyOf(listeners);
        clusters = List.copyOf(clusters);
    }
}
