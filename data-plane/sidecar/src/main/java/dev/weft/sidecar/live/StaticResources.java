package dev.weft.sidecar.live;

import dev.weft.sidecar.xds.ClusterDraft;
import dev.weft.sidecar.xds.ListenerDraft;
import dev.weft.sidecar.xds.Secret;
import java.util.List;
import java.util.Map;

/**
 * What the bootstrap says itself; it is there for the life of the process. Immutable.
 *
 * @param secrets by their names; listeners and clusters have taken theirs already
 */
public record StaticResources(List<ListenerDraft> listeners, List<ClusterDraft> clusters, Map<String, Secret> secrets) {
    /** Without secrets. */
    public StaticResources(List<ListenerDraft> listeners, List<ClusterDraft> clusters) {
        this(listeners, clusters, Map.of());
    }

    public StaticResources {
        listeners = List.copyOf(listeners);
        clusters = List.copyOf(clusters);
        secrets = Map.copyOf(secrets);
    }
}
