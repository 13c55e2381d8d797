package dev.weft.xds;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Confined to its stream's executor. One type on one stream: what the client subscribes to, what it knows, and what is
 * to be told.
 *
 * <p>It is level-triggered: a name whose state may be stale is <em>dirty</em>, and what there is to do about it is
 * decided when a response can be written, from the newest snapshot. Changes that come meanwhile thus merge (S42), and a
 * slow client costs one set of names and nothing per change.
 */
final class TypeSubscription {
    private final ResourceType type;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Set<String> explicit = new HashSet<>();
    private final Set<Entry> dirty = new LinkedHashSet<>();
    private final Map<Entry, Refused> refused = new HashMap<>();
    private boolean wildcard;
    private boolean noNamesSoFar = true;
    private String claimedVersion = "";
    private long knownFingerprint;
    private @Nullable Outstanding outstanding;
    private boolean answerOwed;

    TypeSubscription(ResourceType type) {
        this.type = type;
    }

    ResourceType type() {
        return type;
    }

    boolean wildcard() {
        return wildcard;
    }

    Set<String> explicit() {
        return explicit;
    }

    Map<String, Entry> entries() {
        return entries;
    }

    Set<Entry> dirty() {
        return dirty;
    }

    @Nullable
    Outstanding outstanding() {
        return outstanding;
    }

    boolean covers(String name) {
        return wildcard || explicit.contains(name);
    }

    /** Whether a request without names still means every name (S13, S16). */
    boolean legacyWildcard(XdsClient client) {
        return noNamesSoFar && type.allowsLegacyWildcard() && client.kind() != ClientKind.GRPC;
    }

    /** The client named something: from now on a request without names means no name. */
    void endLegacyWildcard() {
        noNamesSoFar = false;
    }

    /** The stream's first request showed a version from an earlier stream. */
    void reconnected(String version) {
        claimedVersion = version;
    }

    boolean isReconnecting() {
        return !claimedVersion.isEmpty();
    }

    /** A client that comes back with the very set that it is to have needs no answer; known only for wildcards (S11). */
    void adoptClaimedSet(Snapshot snapshot) {
        if (wildcard && explicit.isEmpty() && type.isComplete() && claimedVersion.equals(snapshot.version(type))) {
            snapshot.resources(type).forEach((name, resource) -> {
                Entry entry = entry(name);
                adopt(entry, resource);
                settle(entry);
            });
            answerOwed = false;
            claimedVersion = "";
        }
    }

    /** A response is due even if it has nothing to tell: the client would otherwise not know that it has everything. */
    void oweAnswer() {
        answerOwed = true;
    }

    boolean answerOwed() {
        return answerOwed;
    }

    /** Every name of the snapshot, and whatever will come. */
    void subscribeToAll(@Nullable Snapshot snapshot, long since) {
        wildcard = true;
        if (snapshot != null) {
            for (String name : snapshot.resources(type).keySet()) {
                if (!explicit.contains(name)) {
                    ask(entry(name), since);
                }
            }
        }
    }

    void unsubscribeFromAll() {
        wildcard = false;
        List.copyOf(entries.values()).stream()
                .filter(entry -> !explicit.contains(entry.name))
                .forEach(this::forget);
    }

    /** Returns the entry, which is now dirty and will be answered whether or not its version is new. */
    Entry subscribe(String name, long since) {
        explicit.add(name);
        Entry entry = entry(name);
        ask(entry, since);
        return entry;
    }

    /** The client's explicit interest ends; under a wildcard it still hears of the name. */
    boolean unsubscribe(String name) {
        boolean known = explicit.remove(name);
        Entry entry = entries.get(name);
        if (known && !wildcard && entry != null) {
            forget(entry);
        }
        return known;
    }

    /** The snapshot says something else about this name than it did, or something is to be repeated. */
    void touch(Entry entry, long since) {
        if (dirty.add(entry)) {
            entry.since = since;
        } else {
            entry.since = Math.min(entry.since, since);
        }
    }

    Entry entry(String name) {
        return entries.computeIfAbsent(name, Entry::new);
    }

    void ask(Entry entry, long since) {
        entry.asked = true;
        touch(entry, since);
    }

    /** There is nothing to do about the entry. */
    void settle(Entry entry) {
        dirty.remove(entry);
        entry.asked = false;
        if (entry.sent == null && !explicit.contains(entry.name)) {
            entries.remove(entry.name, entry);
        }
    }

    /** The client has this already, by its own word or by ours. */
    void adopt(Entry entry, @Nullable XdsResource resource) {
        knows(entry, resource);
        entry.held = resource;
    }

    /**
     * What was refused together with something in this batch and may have been refused only because of it: it is
     * offered again beside the correction, or it would be held to be refused for ever. They are dirty afterwards.
     */
    List<Entry> companionsOf(Batch batch) {
        Set<Entry> companions = new LinkedHashSet<>();
        for (Batch.Item item : batch.items()) {
            Refused past = refused.get(item.entry());
            if (past != null) {
                companions.addAll(past.company());
            }
        }
        batch.items().forEach(item -> companions.remove(item.entry()));
        companions.retainAll(refused.keySet());
        companions.forEach(entry -> {
            entry.again = true;
            touch(entry, Objects.requireNonNull(refused.get(entry)).since());
        });
        return List.copyOf(companions);
    }

    /** The client is about to be told this. */
    void tell(Batch batch) {
        answerOwed = false;
        for (Batch.Item item : batch.items()) {
            Entry entry = item.entry();
            dirty.remove(entry);
            refused.remove(entry);
            entry.asked = false;
            entry.again = false;
            entry.refused = false;
            knows(entry, item.resource());
        }
    }

    /** What was told went out as this response, which the client now has to accept or refuse. */
    void await(Outstanding response) {
        claimedVersion = "";
        outstanding = response;
    }

    /** What was told needs no message, so that there is nothing to acknowledge. */
    void understood(Batch batch) {
        claimedVersion = "";
        batch.items().forEach(this::hold);
    }

    /** The client accepted the outstanding response. */
    void accepted(Outstanding response) {
        outstanding = null;
        response.items().forEach(this::hold);
    }

    /** The client refused the outstanding response: its resources are not offered again until they change (S7). */
    void rejected(Outstanding response) {
        outstanding = null;
        List<Entry> offered = new ArrayList<>();
        for (Batch.Item item : response.items()) {
            Entry entry = item.entry();
            if (item.resource() == null) {
                hold(item);
            } else if (entries.get(entry.name) == entry) {
                entry.rewarming &= entry.again;
                entry.refused = true;
                offered.add(entry);
            }
        }
        response.items().stream()
                .filter(item -> offered.contains(item.entry()))
                .forEach(item -> refused.put(item.entry(), new Refused(item.since(), offered)));
    }

    /** The beats of all that has a time to live and needs no other message. */
    Batch heartbeats() {
        Batch batch = new Batch();
        for (Entry entry : entries.values()) {
            XdsResource held = entry.held;
            if (held != null && held.ttl().isPresent() && held == entry.sent && !dirty.contains(entry)) {
                batch.keepAlive(entry, held);
            }
        }
        return batch;
    }

    /** The times to live of what the client was told. */
    Stream<Duration> lifetimes() {
        return entries.values().stream()
                .map(entry -> entry.sent)
                .filter(Objects::nonNull)
                .flatMap(sent -> sent.ttl().stream());
    }

    /** Every entry of which the client has not accepted the newest version. */
    Set<Entry> unsettled() {
        Set<Entry> entries = new LinkedHashSet<>(dirty);
        entries.addAll(refused.keySet());
        if (outstanding != null) {
            outstanding.items().forEach(item -> entries.add(item.entry()));
        }
        return entries;
    }

    /** The oldest revision that the client has not wholly taken over, or {@link Long#MAX_VALUE}. */
    long pendingSince() {
        long oldest = Long.MAX_VALUE;
        for (Entry entry : dirty) {
            oldest = Math.min(oldest, entry.since);
        }
        for (Refused past : refused.values()) {
            oldest = Math.min(oldest, past.since());
        }
        if (outstanding != null) {
            for (Batch.Item item : outstanding.items()) {
                oldest = Math.min(oldest, item.since());
            }
        }
        return oldest;
    }

    int pendingCount() {
        int inFlight = outstanding == null ? 0 : outstanding.items().size();
        return dirty.size() + refused.size() + inFlight;
    }

    /** The version of the set of resources that the client was told, whatever their order. */
    long knownFingerprint() {
        return knownFingerprint;
    }

    private void hold(Batch.Item item) {
        Entry entry = item.entry();
        if (item.resource() == null || item.resource().error().isEmpty()) {
            entry.held = item.resource();
        }
        // What was told before its cluster changed does not warm the changed one.
        entry.rewarming &= entry.again;
        if (!dirty.contains(entry)) {
            settle(entry);
        }
    }

    private void knows(Entry entry, @Nullable XdsResource resource) {
        knownFingerprint += fingerprint(resource) - fingerprint(entry.sent);
        entry.sent = resource;
    }

    private void forget(Entry entry) {
        entries.remove(entry.name);
        dirty.remove(entry);
        refused.remove(entry);
        knownFingerprint -= fingerprint(entry.sent);
    }

    private static long fingerprint(@Nullable XdsResource resource) {
        return resource == null ? 0 : resource.fingerprint();
    }

    /** A version that the client refused: the revision that brought it, and all that was refused with it. */
    private record Refused(long since, List<Entry> company) {}
}
