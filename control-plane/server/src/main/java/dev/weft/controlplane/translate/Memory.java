package dev.weft.controlplane.translate;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Results with what they were made of; a result is made again only where an ingredient is another object. Confined to one thread. */
final class Memory<V> {
    private final Map<String, Made<V>> made = new HashMap<>();
    private final Set<String> used = new HashSet<>();

    private record Made<V>(List<?> of, V result) {
        boolean isOf(List<?> ingredients) {
            if (of.size() != ingredients.size()) {
                return false;
            }
            for (int i = 0; i < of.size(); i++) {
                if (!same(of.get(i), ingredients.get(i))) {
                    return false;
                }
            }
            return true;
        }

        @SuppressWarnings("ReferenceEquality") // the point: sharing tells what did not change
        private static boolean same(Object a, Object b) {
            return a == b;
        }
    }

    V get(String name, List<?> ingredients, Supplier<V> make) {
        used.add(name);
        Made<V> before = made.get(name);
        if (before != null && before.isOf(ingredients)) {
            return before.result();
        }
        V result = make.get();
        made.put(name, new Made<>(List.copyOf(ingredients), result));
        return result;
    }

    /** Drops what was not asked for since the last call. */
    void forgetUnused() {
        made.keySet().retainAll(used);
        used.clear();
    }
}
