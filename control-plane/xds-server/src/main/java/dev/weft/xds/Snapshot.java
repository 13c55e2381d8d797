package dev.weft.xds;

import com.google.protobuf.Message;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. Everything that a group of nodes is to be told, as of one revision of whatever the caller renders from.
 *
 * <p>A snapshot built {@link #toBuilder from another} shares the resources, and per type the whole map, that did not
 * change; comparing the two then costs what changed and not what there is.
 */
public final class Snapshot {
    private final long revision;
    private final Map<ResourceType, Map<String, XdsResource>> resources;

    private Snapshot(long revision, Map<ResourceType, Map<String, XdsResource>> resources) {
        this.revision = revision;
        this.resources = resources;
    }

    public static Builder builder(long revision) {
        return new Builder(revision, Map.of());
    }

    /** A builder that starts from this snapshot's content, at a newer revision. */
    public Builder toBuilder(long newRevision) {
        return new Builder(newRevision, resources);
    }

    /** The store's revision that this content was rendered from; grows from one snapshot of a group to the next. */
    public long revision() {
        return revision;
    }

    public Set<ResourceType> types() {
        return resources.keySet();
    }

    /** The resources of a type by name; empty for a type that the snapshot does not know. */
    public Map<String, XdsResource> resources(ResourceType type) {
        return resources.getOrDefault(type, Map.of());
    }

    public @Nullable XdsResource resource(ResourceType type, String name) {
        return resources(type).get(name);
    }

    /** The version of the whole set of a type, equal wherever the set is equal. */
    String version(ResourceType type) {
        return version(resources(type).values());
    }

    static String version(Collection<XdsResource> set) {
        return version(set.stream().mapToLong(XdsResource::fingerprint).sum());
    }

    static String version(long fingerprint) {
        return HexFormat.of().toHexDigits(fingerprint);
    }

    @Override
    public String toString() {
        return "snapshot@" + revision + resources.keySet();
    }

    /** Confined to the thread that builds. Copies a type's map once, on the first change to it. */
    public static final class Builder {
        private final long revision;
        private final Map<ResourceType, Map<String, XdsResource>> base;
        private final Map<ResourceType, Map<String, XdsResource>> changed = new HashMap<>();

        private Builder(long revision, Map<ResourceType, Map<String, XdsResource>> base) {
            this.revision = revision;
            this.base = base;
        }

        /** Adds or replaces one resource; one of equal version leaves the older instance in place. */
        public Builder put(XdsResource resource) {
            XdsResource before = changed.getOrDefault(resource.type(), base.getOrDefault(resource.type(), Map.of()))
                    .get(resource.name());
            if (!resource.sameVersion(before)) {
                writable(resource.type()).put(resource.name(), resource);
            }
            return this;
        }

        public Builder put(ResourceType type, String name, Message message) {
            return put(XdsResource.of(type, name, message));
        }

        public Builder remove(ResourceType type, String name) {
            if (changed.getOrDefault(type, base.getOrDefault(type, Map.of())).containsKey(name)) {
                writable(type).remove(name);
            }
            return this;
        }

        public Snapshot build() {
            Map<ResourceType, Map<String, XdsResource>> all = new HashMap<>(base);
            changed.forEach((type, map) -> all.put(type, Collections.unmodifiableMap(new LinkedHashMap<>(map))));
            return new Snapshot(revision, Collections.unmodifiableMap(all));
        }

        private Map<String, XdsResource> writable(ResourceType type) {
            return changed.computeIfAbsent(type, t -> new LinkedHashMap<>(base.getOrDefault(t, Map.of())));
        }
    }
}
