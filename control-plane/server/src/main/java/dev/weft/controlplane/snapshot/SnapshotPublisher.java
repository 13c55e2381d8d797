package dev.weft.controlplane.snapshot;

import dev.weft.controlplane.mesh.Mesh;
import dev.weft.controlplane.translate.Audience;
import dev.weft.controlplane.translate.MeshTranslation;
import dev.weft.xds.Snapshot;
import dev.weft.xds.SnapshotGroups;
import dev.weft.xds.XdsClient;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renders the mesh for every audience that has nodes, and publishes it.
 *
 * <p>Rendering is confined to the follower's thread; the rest is thread-safe.
 */
public final class SnapshotPublisher implements SnapshotGroups.Membership<Audience> {
    private static final Logger log = LoggerFactory.getLogger(SnapshotPublisher.class);

    private final MeshFollower follower;
    private final SnapshotGroups<Audience> groups = new SnapshotGroups<>(this);
    private final Map<Audience, Rendering> renderings = new HashMap<>();
    private final List<Runnable> settledListeners = new CopyOnWriteArrayList<>();
    private boolean held;

    private static final class Rendering {
        final MeshTranslation translation;

        @Nullable
        Snapshot last;

        Rendering(Audience audience) {
            translation = new MeshTranslation(audience);
        }
    }

    public SnapshotPublisher(MeshFollower follower) {
        this.follower = follower;
        follower.onChange(this::publish);
    }

    public SnapshotGroups<Audience> groups() {
        return groups;
    }

    /** Told, on the follower's thread, whenever a revision has been published to everyone it touches. */
    public void onSettled(Runnable listener) {
        settledListeners.add(listener);
    }

    /**
     * Publishes nothing until {@link #release}: after an outage of all replicas the instances' leases have run out, and nodes must
     * not be told that everything is gone before the sidecars had time to come back.
     */
    public void hold() {
        follower.run(() -> held = true);
    }

    public void release() {
        follower.run(() -> {
            held = false;
            publish(follower.mesh());
        });
    }

    @Override
    public Audience groupOf(XdsClient client) {
        return NodeFacts.of(client).audience();
    }

    @Override
    public void opened(Audience audience, XdsClient client) {
        follower.run(() -> {
            if (!held) {
                publish(audience, follower.mesh());
            }
        });
    }

    @Override
    public void emptied(Audience audience) {
        follower.run(() -> {
            if (!groups.keys().contains(audience)) {
                renderings.remove(audience);
            }
        });
    }

    private void publish(Mesh mesh) {
        if (held) {
            return;
        }
        groups.keys().forEach(audience -> publish(audience, mesh));
        groups.settled(mesh.revision());
        settledListeners.forEach(Runnable::run);
    }

    private void publish(Audience audience, Mesh mesh) {
        Rendering rendering = renderings.computeIfAbsent(audience, Rendering::new);
        Snapshot snapshot = rendering.translation.translate(mesh, rendering.last);
        rendering.last = snapshot;
        groups.publish(audience, snapshot);
        log.debug("published {} to {}", snapshot, audience);
    }
}
