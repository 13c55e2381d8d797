package dev.weft.xds;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Confined to its stream's executor; made anew for every response, since each response changes what it is computed from.
 * Decides what must wait so that no client ever runs a route to a cluster it does not have.
 *
 * <p>The rule is the protocol's: additions go clusters → endpoints → listeners → routes, and removals go last. It is
 * applied per resource and not per type, along the references between resources, so that one slow or refused cluster
 * delays the routes that name it and no others:
 *
 * <ul>
 *   <li>endpoints wait until a changed cluster that uses them was sent, and are repeated right behind it: a changed cluster
 *       warms again, and an Envoy acknowledges no clusters while one of them warms;
 *   <li>a listener or route waits until the client acknowledged the clusters that it names and their endpoints;
 *   <li>a route waits for a changed listener that names it;
 *   <li>a removal waits while anything that still names the resource, and is about to change, has not changed.
 * </ul>
 *
 * <p>Only what the client subscribes to on this stream can be waited for: a proxyless gRPC client asks for a cluster
 * after it saw the route. A change that the client refused is waited for only if the client never had the resource and
 * something older serves meanwhile. And nothing waits longer than the stream allows; then it is overdue and goes anyway,
 * unless it would replace what serves by what cannot. Endpoints that a client just asked for, and the news that there is
 * nothing under a name that it asked for, do not wait.
 */
final class MakeBeforeBreak {
    private final Map<ResourceType, TypeSubscription> subscriptions;
    private final Snapshot snapshot;
    private final Set<ResourceKey> awaited;
    private final Set<Entry> overdue;
    private @Nullable Set<ResourceKey> coming;
    private @Nullable Leaving leaving;

    /** @param awaited what the client is expected to subscribe to, since it accepted something that refers to it */
    MakeBeforeBreak(
            Map<ResourceType, TypeSubscription> subscriptions,
            Snapshot snapshot,
            Set<ResourceKey> awaited,
            Set<Entry> overdue) {
        this.subscriptions = subscriptions;
        this.snapshot = snapshot;
        this.awaited = awaited;
        this.overdue = overdue;
    }

    boolean maySend(Entry entry, XdsResource desired) {
        return maySend(entry, desired, overdue.contains(entry));
    }

    boolean mayRemove(ResourceType type, Entry entry) {
        if (entry.asked) {
            return true;
        }
        ResourceKey key = new ResourceKey(type, entry.name);
        return overdue.contains(entry) ? !lastGood().mayName(key) : !leaving().mayName(key);
    }

    private boolean maySend(Entry entry, XdsResource desired, boolean late) {
        ResourceType type = desired.type();
        boolean followsItsReferrer = type.equals(ResourceType.ENDPOINT) || type.equals(ResourceType.ROUTE);
        if (followsItsReferrer && !entry.asked && !late && coming().contains(desired.key())) {
            return false;
        }
        boolean namesClusters = type.equals(ResourceType.LISTENER) || type.equals(ResourceType.ROUTE);
        return !namesClusters || clustersServe(desired, entry.held != null, late);
    }

    private boolean clustersServe(XdsResource resource, boolean olderServes, boolean late) {
        for (ResourceKey reference : resource.references()) {
            XdsResource target = snapshot.resource(reference.type(), reference.name());
            if (target == null || target.error().isPresent()) {
                continue;
            }
            boolean serves = reference.type().equals(ResourceType.CLUSTER)
                    ? clusterServes(target, olderServes, late)
                    : clustersServe(target, olderServes, late);
            if (!serves) {
                return false;
            }
        }
        return true;
    }

    private boolean clusterServes(XdsResource cluster, boolean olderServes, boolean late) {
        TypeSubscription clusters = subscriptions.get(ResourceType.CLUSTER);
        if (clusters == null || !clusters.covers(cluster.name())) {
            return true;
        }
        Entry entry = clusters.entry(cluster.name());
        boolean arrived = entry.refused ? entry.held != null || !olderServes : late || entry.runs(cluster);
        XdsResource running = entry.refused && entry.held != null ? entry.held : cluster;
        return arrived
                && running.references().stream().allMatch(endpoints -> endpointsServe(endpoints, olderServes, late));
    }

    private boolean endpointsServe(ResourceKey reference, boolean olderServes, boolean late) {
        XdsResource target = snapshot.resource(reference.type(), reference.name());
        if (!reference.type().equals(ResourceType.ENDPOINT)
                || target == null
                || target.error().isPresent()) {
            return true;
        }
        TypeSubscription endpoints = subscriptions.get(ResourceType.ENDPOINT);
        if (endpoints == null || !endpoints.covers(reference.name())) {
            return late || !awaited.contains(reference);
        }
        Entry entry = endpoints.entry(reference.name());
        if (entry.refused) {
            return entry.held != null || !olderServes;
        }
        return late || (entry.held != null && entry.sent != null && !entry.rewarming);
    }

    /** What is named by clusters that are still to be sent, and by listeners that the client has yet to acknowledge. */
    private Set<ResourceKey> coming() {
        Set<ResourceKey> names = coming;
        if (names == null) {
            names = new HashSet<>();
            addUnsent(subscriptions.get(ResourceType.CLUSTER), names);
            addUnsent(subscriptions.get(ResourceType.LISTENER), names);
            addUnacknowledged(subscriptions.get(ResourceType.LISTENER), names);
            coming = names;
        }
        return names;
    }

    private void addUnsent(@Nullable TypeSubscription subscription, Set<ResourceKey> names) {
        if (subscription == null) {
            return;
        }
        for (Entry entry : subscription.dirty()) {
            XdsResource desired = snapshot.resource(subscription.type(), entry.name);
            if (desired != null && entry.step(desired) == Entry.Step.SEND) {
                names.addAll(desired.references());
            }
        }
    }

    private static void addUnacknowledged(@Nullable TypeSubscription subscription, Set<ResourceKey> names) {
        Outstanding outstanding = subscription == null ? null : subscription.outstanding();
        if (outstanding != null) {
            for (Batch.Item item : outstanding.items()) {
                if (item.resource() != null) {
                    names.addAll(item.resource().references());
                }
            }
        }
    }

    /** What the client may use until all that is to change has changed. */
    private Leaving leaving() {
        Leaving names = leaving;
        if (names == null) {
            names = leaving = Leaving.of(subscriptions.values(), snapshot, (_, _) -> true);
        }
        return names;
    }

    /** What the client uses for as long as it refuses, or must not be given, something newer. */
    private Leaving lastGood() {
        return Leaving.of(
                subscriptions.values(),
                snapshot,
                (entry, desired) -> entry.refused || (desired != null && !maySend(entry, desired, true)));
    }
}
