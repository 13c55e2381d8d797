package dev.weft.xds;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Confined to its stream's executor. What the client may still be using through resources that are about to change: the
 * references of every version that it holds, or may hold, of a resource whose newest version it has not accepted.
 */
final class Leaving {
    private final Set<ResourceKey> references = new HashSet<>();
    private final Set<ResourceType> opaque = new HashSet<>();

    static Leaving of(Collection<TypeSubscription> subscriptions, Snapshot snapshot, Choice choice) {
        Leaving leaving = new Leaving();
        List<Removal> removals = new ArrayList<>();
        for (TypeSubscription subscription : subscriptions) {
            for (Entry entry : subscription.unsettled()) {
                XdsResource desired = snapshot.resource(subscription.type(), entry.name);
                if (desired != null && entry.runs(desired)) {
                    continue;
                }
                if (choice.counts(entry, desired)) {
                    leaving.add(entry);
                } else if (desired == null) {
                    removals.add(new Removal(new ResourceKey(subscription.type(), entry.name), entry));
                }
            }
        }
        leaving.keepWhatKeptResourcesName(removals);
        return leaving;
    }

    // A cluster that has to stay, for a route that has to, keeps its endpoints.
    private void keepWhatKeptResourcesName(List<Removal> removals) {
        List<Removal> kept =
                removals.stream().filter(removal -> mayName(removal.key())).toList();
        while (!kept.isEmpty()) {
            kept.forEach(removal -> add(removal.entry()));
            removals.removeAll(kept);
            kept = removals.stream().filter(removal -> mayName(removal.key())).toList();
        }
    }

    boolean mayName(ResourceKey key) {
        return references.contains(key)
                || opaque.stream().anyMatch(type -> typesThatName(key.type()).contains(type));
    }

    private void add(Entry entry) {
        add(entry.held);
        add(entry.sent);
    }

    private void add(@Nullable XdsResource resource) {
        if (resource == null) {
            return;
        }
        if (resource.isOpaque()) {
            opaque.add(resource.type());
        } else {
            references.addAll(resource.references());
        }
    }

    private static List<ResourceType> typesThatName(ResourceType type) {
        List<ResourceType> naming = new ArrayList<>();
        if (type.equals(ResourceType.ENDPOINT)) {
            naming.add(ResourceType.CLUSTER);
        } else if (type.equals(ResourceType.ROUTE)) {
            naming.add(ResourceType.LISTENER);
        } else if (type.equals(ResourceType.CLUSTER)) {
            naming.add(ResourceType.LISTENER);
            naming.add(ResourceType.ROUTE);
        }
        return naming;
    }

    private record Removal(ResourceKey key, Entry entry) {}

    /** Which of the unsettled entries count. */
    interface Choice {
        boolean counts(Entry entry, @Nullable XdsResource desired);
    }
}
