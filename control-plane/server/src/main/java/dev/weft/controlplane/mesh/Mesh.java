package dev.weft.controlplane.mesh;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.controlplane.store.Store;
import dev.weft.v1.Forward;
import dev.weft.v1.Mirror;
import dev.weft.v1.Resource;
import dev.weft.v1.ResourceRef;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is applied and what is registered, as of one revision. Immutable; a change makes a new one that shares what did not change,
 * so that later stages can tell by identity what they need not do again.
 */
public final class Mesh {
    public static final Mesh EMPTY = new Mesh(0, 0, new TreeMap<>(), new TreeMap<>());

    private final long revision;
    private final long configRevision;
    private final NavigableMap<String, Resource> resources;
    private final NavigableMap<String, List<Resource>> instances;

    private Mesh(
            long revision,
            long configRevision,
            NavigableMap<String, Resource> resources,
            NavigableMap<String, List<Resource>> instances) {
        this.revision = revision;
        this.configRevision = configRevision;
        this.resources = resources;
        this.instances = instances;
    }

    /** Everything under the store's root. */
    public static Mesh of(Store.Range everything) {
        return EMPTY.with(new Store.ChangeSet(
                everything.revision(),
                everything.entries().stream()
                        .map(e -> new Store.Change(e.key(), Optional.empty(), Optional.of(e), e.modRevision()))
                        .toList()));
    }

    /** The mesh after a change; keys that are none of its business are passed over. */
    public Mesh with(Store.ChangeSet changes) {
        NavigableMap<String, Resource> newResources = resources;
        boolean copied = false;
        boolean instancesCopied = false;
        NavigableMap<String, List<Resource>> newInstances = instances;
        long newConfigRevision = configRevision;
        for (Store.Change change : changes.changes()) {
            String key = change.key();
            if (key.equals(Keys.GUARD)) {
                newConfigRevision = change.after().map(Store.Entry::modRevision).orElse(0L);
            } else if (key.startsWith(Keys.CONFIG)) {
                newResources = copied ? newResources : new TreeMap<>(resources);
                copied = true;
                put(newResources, change);
            } else if (key.startsWith(Keys.INSTANCE)) {
                newInstances = instancesCopied ? newInstances : new TreeMap<>(instances);
                instancesCopied = true;
                putInstance(newInstances, change);
            }
        }
        return new Mesh(Math.max(revision, changes.revision()), newConfigRevision, newResources, newInstances);
    }

    /** The store's revision. */
    public long revision() {
        return revision;
    }

    /** The revision of the last apply; 0 before the first. */
    public long configRevision() {
        return configRevision;
    }

    public @Nullable Resource resource(ResourceRef ref) {
        return resources.get(Keys.of(ref));
    }

    /** Applied resources, by kind and name. */
    public Collection<Resource> resources() {
        return Collections.unmodifiableCollection(resources.values());
    }

    public Stream<Resource> clusters() {
        return under("config/cluster/");
    }

    public Stream<Resource> routes() {
        return under("config/route/");
    }

    public Stream<Resource> listeners() {
        return under("config/listener/");
    }

    public @Nullable Resource cluster(String name) {
        return resources.get("config/cluster/" + name);
    }

    /** Names of the services that have an instance. */
    public Set<String> services() {
        return Collections.unmodifiableSet(instances.keySet());
    }

    /** Registered instances of a service, by name; the same list as long as none of them changed. */
    public List<Resource> instances(String service) {
        return instances.getOrDefault(service, List.of());
    }

    public Stream<Resource> instances() {
        return instances.values().stream().flatMap(List::stream);
    }

    /**
     * Names that a route may send to beside clusters: services with an instance, and those that a stored route names already
     * (their instances may be away for the moment).
     */
    public Set<String> knownServices() {
        Set<String> known = new LinkedHashSet<>(instances.keySet());
        routes().forEach(route -> route.getRoute()
                .getRulesList()
                .forEach(rule -> Stream.concat(
                                rule.getForwardList().stream().map(Forward::getCluster),
                                rule.getMirrorList().stream().map(Mirror::getCluster))
                        .filter(name -> cluster(name) == null)
                        .forEach(known::add)));
        return known;
    }

    /** The resource in an entry of the store, with what the server knows of it filled in. */
    public static Resource resource(Store.Entry entry) {
        try {
            return Resource.parseFrom(entry.value()).toBuilder()
                    .setRevision(entry.modRevision())
                    .setCreatedRevision(entry.createRevision())
                    .build();
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(
                    "the store's entry " + entry.key() + " is not a resource: " + e.getMessage(), e);
        }
    }

    private Stream<Resource> under(String prefix) {
        return resources.subMap(prefix, prefix + Character.MAX_VALUE).values().stream();
    }

    private static void put(NavigableMap<String, Resource> resources, Store.Change change) {
        change.after()
                .ifPresentOrElse(
                        entry -> resources.put(change.key(), resource(entry)), () -> resources.remove(change.key()));
    }

    private static void putInstance(NavigableMap<String, List<Resource>> instances, Store.Change change) {
        String[] path = change.key().split("/", 3);
        String service = path[1];
        Stream<Resource> others = instances.getOrDefault(service, List.of()).stream()
                .filter(r -> !r.getName().equals(path[2]));
        Optional<Resource> now = change.after().map(Mesh::resource);
        List<Resource> list = Stream.concat(others, now.stream())
                .sorted(Comparator.comparing(Resource::getName))
                .toList();
        if (list.isEmpty()) {
            instances.remove(service);
        } else {
            instances.put(service, list);
        }
    }

    @Override
    public String toString() {
        return "mesh@" + revision + ": " + resources.size() + " resources, " + instances.size() + " services";
    }

    /** The resources as they would be after an apply, by kind and name. */
    public List<Resource> after(Collection<Resource> put, Collection<ResourceRef> deleted) {
        NavigableMap<String, Resource> after = new TreeMap<>(resources);
        deleted.forEach(ref -> after.remove(Keys.of(ref)));
        put.forEach(resource -> after.put(Keys.of(resource), resource));
        return List.copyOf(after.values());
    }
}
