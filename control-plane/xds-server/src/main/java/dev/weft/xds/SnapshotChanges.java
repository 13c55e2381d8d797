package dev.weft.xds;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Immutable. Which names of which types differ between two snapshots; computed once and shared by all streams. */
final class SnapshotChanges {
    private final @Nullable Snapshot from;
    private final Map<ResourceType, Set<String>> names;

    private SnapshotChanges(@Nullable Snapshot from, Map<ResourceType, Set<String>> names) {
        this.from = from;
        this.names = names;
    }

    static SnapshotChanges between(@Nullable Snapshot from, Snapshot to) {
        Map<ResourceType, Set<String>> names = new HashMap<>();
        Set<ResourceType> types = new HashSet<>(to.types());
        if (from != null) {
            types.addAll(from.types());
        }
        for (ResourceType type : types) {
            Set<String> changed = changed(from == null ? Map.of() : from.resources(type), to.resources(type));
            if (!changed.isEmpty()) {
                names.put(type, changed);
            }
        }
        return new SnapshotChanges(from, names);
    }

    /** The older of the two snapshots, or null when there was none. */
    @Nullable
    Snapshot from() {
        return from;
    }

    Set<String> names(ResourceType type) {
        return names.getOrDefault(type, Set.of());
    }

    @SuppressWarnings("ReferenceEquality") // a shared map cannot differ; comparing its content would cost its size
    private static Set<String> changed(Map<String, XdsResource> before, Map<String, XdsResource> after) {
        if (before == after) {
            return Set.of();
        }
        Set<String> names = new HashSet<>();
        after.forEach((name, resource) -> {
            if (!resource.sameVersion(before.get(name))) {
                names.add(name);
            }
        });
        before.keySet().stream().filter(name -> !after.containsKey(name)).forEach(names::add);
        return names;
    }
}
