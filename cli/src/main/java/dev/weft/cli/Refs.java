package dev.weft.cli;

import dev.weft.api.validation.Suggestion;
import dev.weft.v1.Kind;
import dev.weft.v1.ResourceRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** {@code KIND}, {@code KIND/NAME} and {@code KIND NAME…} as people type them. Pure. */
final class Refs {
    private static final Map<String, Kind> KINDS = new TreeMap<>(Map.ofEntries(
            Map.entry("cluster", Kind.CLUSTER),
            Map.entry("clusters", Kind.CLUSTER),
            Map.entry("route", Kind.ROUTE),
            Map.entry("routes", Kind.ROUTE),
            Map.entry("listener", Kind.LISTENER),
            Map.entry("listeners", Kind.LISTENER),
            Map.entry("instance", Kind.INSTANCE),
            Map.entry("instances", Kind.INSTANCE),
            Map.entry("all", Kind.KIND_UNSPECIFIED)));

    private Refs() {}

    static Kind kind(String text) {
        Kind kind = KINDS.get(text.toLowerCase(Locale.ROOT));
        if (kind == null) {
            String suggestion = Suggestion.of(text, KINDS.keySet());
            throw new InvalidInput(
                    "\"" + text + "\" is no kind (expected: clusters, routes, listeners, instances or all)"
                            + (suggestion.isEmpty() ? "" : "\n  did you mean: " + suggestion));
        }
        return kind;
    }

    /** All words as references; a kind alone applies to the names behind it. */
    static List<ResourceRef> refs(List<String> words) {
        List<ResourceRef> refs = new ArrayList<>();
        Kind kind = Kind.KIND_UNSPECIFIED;
        for (String word : words) {
            int slash = word.indexOf('/');
            if (slash > 0) {
                refs.add(ref(kind(word.substring(0, slash)), word.substring(slash + 1)));
            } else if (kind == Kind.KIND_UNSPECIFIED) {
                kind = kind(word);
            } else {
                refs.add(ref(kind, word));
            }
        }
        if (refs.isEmpty()) {
            throw new InvalidInput("no name given (expected: KIND/NAME or KIND NAME)");
        }
        return refs;
    }

    static ResourceRef ref(Kind kind, String name) {
        if (kind == Kind.KIND_UNSPECIFIED || name.isEmpty()) {
            throw new InvalidInput("\"" + name + "\": expected KIND/NAME");
        }
        return ResourceRef.newBuilder().setKind(kind).setName(name).build();
    }
}
