package dev.weft.xds;

import com.google.rpc.Status;
import dev.weft.xds.StreamStatus.Mark;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Confined to its stream's executor, except {@link #status}. What a stream is once its node is known: the subscriptions
 * per type, the snapshot they are served from, and the decision what is written next.
 */
final class Session<Q, R> {
    private final XdsClient client;
    private final Serving serving;
    private final Dialect<Q, R> dialect;
    private final Output<R> output;
    private final Executor executor;
    private final SnapshotSource.Subscription source;
    private final Progress progress;
    // In the order in which additions go out.
    private final Map<ResourceType, TypeSubscription> subscriptions = new TreeMap<>();
    // What the client is expected to ask for, since it accepted something that names it; with the revision of that.
    private final Map<ResourceKey, Long> awaited = new LinkedHashMap<>();
    private final Set<Entry> overdue = new HashSet<>();
    private @Nullable Snapshot snapshot;
    private long lastNonce;
    private Optional<XdsClock.Timer> patienceTimer = Optional.empty();
    private Optional<XdsClock.Timer> heartbeatTimer = Optional.empty();

    /** Where responses go. */
    interface Output<R> {
        /** Whether the transport takes more; if not, the session is told when it does. */
        boolean isReady();

        void send(R response);
    }

    Session(
            XdsClient client,
            Serving serving,
            Dialect<Q, R> dialect,
            Output<R> output,
            Executor executor,
            SnapshotSource.Subscription source) {
        this.client = client;
        this.serving = serving;
        this.dialect = dialect;
        this.output = output;
        this.executor = executor;
        this.source = source;
        this.progress = new Progress(client, serving.clock().now(), serving.source(), source);
    }

    XdsClient client() {
        return client;
    }

    /** Callable from any thread. */
    StreamStatus status() {
        return progress.status();
    }

    /** Handles one request of a type. */
    void receive(Q request, ResourceType type) {
        takeSnapshot();
        boolean first = !subscriptions.containsKey(type);
        if (first && subscriptions.size() >= serving.settings().maxTypes()) {
            throw tooMuch("types", serving.settings().maxTypes());
        }
        TypeSubscription subscription = subscriptions.computeIfAbsent(type, TypeSubscription::new);
        settleOutstanding(request, subscription);
        dialect.subscribe(
                request,
                new Dialect.Subscribing(subscription, first, client, snapshot, name -> pendingFrom(type, name, first)));
        if (subscription.explicit().size() > serving.settings().maxNames()) {
            throw tooMuch("names of " + type, serving.settings().maxNames());
        }
        awaited.keySet().removeIf(key -> key.type().equals(type) && subscription.covers(key.name()));
        write();
    }

    /** The source may have a new snapshot. */
    void refresh() {
        takeSnapshot();
        write();
    }

    /** Writes what can be written now; called again whenever the transport takes more. */
    void write() {
        Snapshot current = snapshot;
        if (current != null) {
            boolean wrote = true;
            while (wrote && output.isReady()) {
                wrote = false;
                for (TypeSubscription subscription : subscriptions.values()) {
                    wrote |= write(subscription, current);
                }
            }
        }
        keepPatience();
        long awaitedSince =
                awaited.values().stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
        progress.publish(snapshot, subscriptions.values(), awaitedSince)
                .ifPresent(revision -> serving.observer().live(client, revision));
    }

    /** How each resource that the client subscribes to stands. */
    List<ResourceStatus> resources() {
        List<ResourceStatus> all = new ArrayList<>();
        Snapshot current = snapshot;
        for (TypeSubscription subscription : subscriptions.values()) {
            ResourceType type = subscription.type();
            for (Entry entry : subscription.entries().values()) {
                all.add(entry.status(type, current == null ? null : current.resource(type, entry.name)));
            }
        }
        return all;
    }

    void close() {
        patienceTimer.ifPresent(XdsClock.Timer::cancel);
        heartbeatTimer.ifPresent(XdsClock.Timer::cancel);
        source.close();
    }

    private static io.grpc.StatusRuntimeException tooMuch(String what, int limit) {
        return io.grpc.Status.RESOURCE_EXHAUSTED
                .withDescription("too many " + what + " on one stream (expected: <= " + limit + ")")
                .asRuntimeException();
    }

    private long pendingFrom(ResourceType type, String name, boolean first) {
        Long since = awaited.get(new ResourceKey(type, name));
        if (since != null) {
            return since;
        }
        return first || snapshot == null ? 0 : snapshot.revision();
    }

    private void takeSnapshot() {
        Publication latest = source.latest();
        if (latest == null || latest.snapshot() == snapshot) {
            return;
        }
        Snapshot before = snapshot;
        Snapshot next = latest.snapshot();
        SnapshotChanges changes = latest.changesSince(before);
        snapshot = next;
        for (TypeSubscription subscription : subscriptions.values()) {
            for (String name : changes.names(subscription.type())) {
                if (!subscription.covers(name)) {
                    continue;
                }
                if (before == null) {
                    subscription.ask(subscription.entry(name), 0);
                } else {
                    subscription.touch(subscription.entry(name), next.revision());
                }
            }
        }
        awaited.keySet().removeIf(key -> next.resource(key.type(), key.name()) == null);
    }

    private void settleOutstanding(Q request, TypeSubscription subscription) {
        Outstanding response = subscription.outstanding();
        if (response == null || !response.nonce().equals(dialect.nonce(request))) {
            return;
        }
        Mark mark = response.mark();
        ResourceType type = subscription.type();
        Optional<Status> refusal = dialect.refusal(request);
        if (refusal.isPresent()) {
            String reason = refusal.get().getMessage();
            subscription.rejected(response);
            progress.refused(type, mark, reason, serving.clock().now());
            serving.observer().nacked(client, type, mark.revision(), mark.version(), reason);
        } else {
            subscription.accepted(response);
            awaitReferences(response);
            progress.acked(type, mark, serving.clock().now());
            serving.observer().acked(client, type, mark.revision(), mark.version());
        }
    }

    /** Once a client has a cluster it asks for its endpoints, and once it has a listener for its routes. */
    private void awaitReferences(Outstanding response) {
        Snapshot current = snapshot;
        if (current == null || !client.aggregated()) {
            return;
        }
        for (Batch.Item item : response.items()) {
            XdsResource resource = item.resource();
            if (resource == null || !resource.sameVersion(current.resource(resource.type(), resource.name()))) {
                continue;
            }
            for (ResourceKey reference : resource.references()) {
                if (expectsToBeAskedFor(reference) && current.resource(reference.type(), reference.name()) != null) {
                    awaited.merge(reference, item.since(), Math::min);
                }
            }
        }
    }

    private boolean expectsToBeAskedFor(ResourceKey reference) {
        boolean follows = reference.type().equals(ResourceType.ENDPOINT)
                || reference.type().equals(ResourceType.ROUTE);
        TypeSubscription subscription = subscriptions.get(reference.type());
        if (subscription == null) {
            // Nothing is known of the habits of other clients; they may get this type elsewhere, or not at all.
            return follows && client.kind() != ClientKind.OTHER;
        }
        return follows && !subscription.covers(reference.name());
    }

    private boolean write(TypeSubscription subscription, Snapshot current) {
        if (subscription.outstanding() != null) {
            return false;
        }
        if (subscription.isReconnecting()) {
            subscription.adoptClaimedSet(current);
        }
        MakeBeforeBreak order = new MakeBeforeBreak(subscriptions, current, awaited.keySet(), overdue);
        Batch batch = compose(subscription, current, order);
        if (batch.isEmpty() && !subscription.answerOwed()) {
            return false;
        }
        for (Entry companion : subscription.companionsOf(batch)) {
            XdsResource desired = current.resource(subscription.type(), companion.name);
            if (desired != null && order.maySend(companion, desired)) {
                batch.send(companion, desired);
            }
        }
        List<Batch.Item> changedClusters = subscription.type().equals(ResourceType.CLUSTER)
                ? batch.items().stream().filter(item -> !item.entry().asked).toList()
                : List.of();
        subscription.tell(batch);
        send(subscription, batch, current.revision());
        changedClusters.forEach(this::repeatEndpoints);
        return true;
    }

    private Batch compose(TypeSubscription subscription, Snapshot current, MakeBeforeBreak order) {
        ResourceType type = subscription.type();
        Batch batch = new Batch();
        for (Entry entry : new ArrayList<>(subscription.dirty())) {
            XdsResource desired = current.resource(type, entry.name);
            switch (entry.step(desired)) {
                case NOTHING -> upToDate(subscription, entry, desired);
                case SEND -> {
                    boolean fits = type.isComplete()
                            || batch.bytes() < serving.settings().maxResponseBytes();
                    if (desired != null && fits && order.maySend(entry, desired)) {
                        batch.send(entry, desired);
                    }
                }
                case REMOVE -> {
                    if (order.mayRemove(type, entry)) {
                        batch.tellAbsent(entry);
                    }
                }
                case TELL_MISSING -> batch.tellAbsent(entry);
            }
        }
        return batch;
    }

    private static void upToDate(TypeSubscription subscription, Entry entry, @Nullable XdsResource desired) {
        if (desired != null && entry.held != null && entry.held.isOpaque()) {
            // The client's claim names the very version that is served, so its content is known after all.
            subscription.adopt(entry, desired);
        }
        subscription.settle(entry);
    }

    private void send(TypeSubscription subscription, Batch batch, long revision) {
        String nonce = Long.toString(lastNonce + 1);
        Dialect.Header header = new Dialect.Header(serving.settings().identifier(), nonce, revision, client);
        R response = dialect.respond(subscription, batch, header);
        if (response == null) {
            subscription.understood(batch);
            return;
        }
        lastNonce++;
        Mark mark = new Mark(dialect.version(response), revision);
        subscription.await(new Outstanding(nonce, mark, List.copyOf(batch.items())));
        progress.sent(subscription.type(), mark, serving.clock().now());
        output.send(response);
        batch.items().forEach(this::keepAlive);
    }

    private void keepAlive(Batch.Item item) {
        if (heartbeatTimer.isEmpty() && item.resource() != null && ClientFeatures.takesTtl(client)) {
            item.resource().ttl().ifPresent(this::beatWithin);
        }
    }

    private void beatWithin(Duration lifetime) {
        heartbeatTimer.ifPresent(XdsClock.Timer::cancel);
        heartbeatTimer = Optional.of(serving.clock().after(lifetime.dividedBy(3), () -> executor.execute(this::beat)));
    }

    /** Renews what has a time to live and is not about to change; the next beat is due by the shortest (S37). */
    private void beat() {
        heartbeatTimer = Optional.empty();
        Snapshot current = snapshot;
        if (current == null) {
            return;
        }
        for (TypeSubscription subscription : subscriptions.values()) {
            if (subscription.outstanding() == null && output.isReady()) {
                Batch batch = subscription.heartbeats();
                if (!batch.isEmpty()) {
                    send(subscription, batch, current.revision());
                }
            }
        }
        // Whoever had no beat now, because a response is outstanding, has another before its time is over.
        subscriptions.values().stream()
                .flatMap(TypeSubscription::lifetimes)
                .min(Duration::compareTo)
                .ifPresent(this::beatWithin);
    }

    /** A client that takes over a changed cluster waits for its endpoints to be told anew (S33). */
    private void repeatEndpoints(Batch.Item cluster) {
        TypeSubscription endpoints = subscriptions.get(ResourceType.ENDPOINT);
        if (endpoints == null || cluster.resource() == null) {
            return;
        }
        for (ResourceKey reference : cluster.resource().references()) {
            Entry entry = endpoints.entries().get(reference.name());
            if (reference.type().equals(ResourceType.ENDPOINT) && entry != null && entry.sent != null) {
                entry.again = true;
                entry.rewarming = true;
                endpoints.touch(entry, cluster.since());
            }
        }
    }

    /** What waits for something else to be acknowledged waits for a bounded time. */
    private void keepPatience() {
        Set<Entry> held = new HashSet<>();
        subscriptions.values().stream()
                .filter(subscription -> subscription.outstanding() == null)
                .forEach(subscription -> held.addAll(subscription.dirty()));
        if (held.isEmpty() && awaited.isEmpty()) {
            patienceTimer.ifPresent(XdsClock.Timer::cancel);
            patienceTimer = Optional.empty();
        } else if (patienceTimer.isEmpty()) {
            Set<ResourceKey> expected = Set.copyOf(awaited.keySet());
            patienceTimer = Optional.of(serving.clock()
                    .after(serving.settings().patience(), () -> executor.execute(() -> losePatience(held, expected))));
        }
    }

    private void losePatience(Set<Entry> held, Set<ResourceKey> expected) {
        patienceTimer = Optional.empty();
        awaited.keySet().removeAll(expected);
        overdue.addAll(held);
        write();
        overdue.removeAll(held);
    }
}
