package dev.weft.sidecar.live;

import dev.weft.proxy.model.RouteTable;
import dev.weft.sidecar.xds.Assignment;
import dev.weft.sidecar.xds.ClusterDraft;
import dev.weft.sidecar.xds.ListenerDraft;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.Secret;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The last accepted version of every resource, the refused ones, and the names that are known to have none. Confined to the
 * configuration's thread.
 */
final class Resources {
    private final Map<ResourceType, Map<String, Accepted>> accepted = new EnumMap<>(ResourceType.class);
    private final Map<ResourceType, Map<String, Refused>> refused = new EnumMap<>(ResourceType.class);
    private final Map<ResourceType, Set<String>> absent = new EnumMap<>(ResourceType.class);

    Resources() {
        for (ResourceType type : ResourceType.values()) {
            accepted.put(type, new LinkedHashMap<>());
            refused.put(type, new LinkedHashMap<>());
            absent.put(type, new HashSet<>());
        }
    }

    void accept(Accepted resource) {
        of(accepted, resource.type()).put(resource.name(), resource);
        of(refused, resource.type()).remove(resource.name());
        absentOf(resource.type()).remove(resource.name());
    }

    void refuse(Refused resource) {
        of(refused, resource.type()).put(resource.name(), resource);
    }

    void remove(ResourceType type, String name) {
        of(accepted, type).remove(name);
        of(refused, type).remove(name);
    }

    /** Puts back what was there before; nothing where there was nothing. */
    void restore(ResourceType type, String name, @Nullable Accepted before) {
        if (before == null) {
            of(accepted, type).remove(name);
        } else {
            of(accepted, type).put(name, before);
        }
    }

    /** Nothing is to be waited for under this name. */
    void markAbsent(ResourceType type, String name) {
        absentOf(type).add(name);
    }

    boolean isAbsent(ResourceType type, String name) {
        return absentOf(type).contains(name);
    }

    /** Forgets all but these names; what nobody refers to is not kept. */
    void retain(ResourceType type, Set<String> names) {
        of(accepted, type).keySet().retainAll(names);
        of(refused, type).keySet().retainAll(names);
        absentOf(type).retainAll(names);
    }

    /** Forgets which of these names have no resource, so that they are waited for again. */
    void retainAbsent(ResourceType type, Set<String> names) {
        absentOf(type).retainAll(names);
    }

    @Nullable
    Accepted find(ResourceType type, String name) {
        return of(accepted, type).get(name);
    }

    Collection<Accepted> accepted(ResourceType type) {
        return of(accepted, type).values();
    }

    List<Refused> refused() {
        return refused.values().stream()
                .flatMap(byName -> byName.values().stream())
                .toList();
    }

    List<ClusterDraft> clusters() {
        return accepted(ResourceType.CLUSTER).stream()
                .map(resource -> (ClusterDraft) resource.value())
                .toList();
    }

    List<ListenerDraft> listeners() {
        return accepted(ResourceType.LISTENER).stream()
                .map(resource -> (ListenerDraft) resource.value())
                .toList();
    }

    @Nullable
    Assignment endpoints(String name) {
        Accepted resource = find(ResourceType.ENDPOINTS, name);
        return resource == null ? null : (Assignment) resource.value();
    }

    @Nullable
    RouteTable routes(String name) {
        Accepted resource = find(ResourceType.ROUTES, name);
        return resource == null ? null : (RouteTable) resource.value();
    }

    @Nullable
    Secret secret(String name) {
        Accepted resource = find(ResourceType.SECRET, name);
        return resource == null ? null : (Secret) resource.value();
    }

    private static <T> Map<String, T> of(Map<ResourceType, Map<String, T>> byType, ResourceType type) {
        return byType.computeIfAbsent(type, t -> new LinkedHashMap<>());
    }

    private Set<String> absentOf(ResourceType type) {
        return absent.computeIfAbsent(type, t -> new HashSet<>());
    }
}
