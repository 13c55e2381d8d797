package dev.weft.sidecar.bootstrap;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A valid bootstrap with nearly everything in it, as the tree of a YAML parser, of which single values are changed. */
final class BootstrapTree {
    /** What may stand in place of a value. */
    enum Change {
        /** Nothing. */
        REMOVED,
        /** The same item, and once more at the end of its list. */
        TWICE
    }

    private final Object root;

    private BootstrapTree(Object root) {
        this.root = root;
    }

    static BootstrapTree everything() {
        try (InputStream in = requireNonNull(BootstrapTree.class.getResourceAsStream("everything.yaml"))) {
            return new BootstrapTree(requireNonNull(load(new String(in.readAllBytes(), StandardCharsets.UTF_8))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static @Nullable Object load(String yaml) {
        return new Load(LoadSettings.builder().build()).loadFromString(yaml);
    }

    Object root() {
        return root;
    }

    /** Where its values are, each the names and indexes that lead there. */
    List<List<Object>> paths() {
        List<List<Object>> paths = new ArrayList<>();
        collect(root, List.of(), paths);
        return paths;
    }

    private static void collect(@Nullable Object value, List<Object> path, List<List<Object>> paths) {
        if (!path.isEmpty()) {
            paths.add(path);
        }
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, inside) -> collect(inside, longer(path, requireNonNull(key)), paths));
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                collect(list.get(i), longer(path, i), paths);
            }
        }
    }

    private static List<Object> longer(List<Object> path, Object step) {
        List<Object> longer = new ArrayList<>(path);
        longer.add(step);
        return List.copyOf(longer);
    }

    /** A copy in which another value, or a {@link Change}, is at {@code path}. */
    @SuppressWarnings("unchecked")
    BootstrapTree with(List<Object> path, @Nullable Object value) {
        BootstrapTree copy = new BootstrapTree(requireNonNull(copy(root)));
        Object holder = copy.root;
        for (Object step : path.subList(0, path.size() - 1)) {
            holder = requireNonNull(
                    holder instanceof Map<?, ?> map ? map.get(step) : ((List<?>) holder).get((Integer) step));
        }
        Object last = path.getLast();
        if (holder instanceof Map<?, ?> map) {
            if (value == Change.REMOVED) {
                map.remove(last);
            } else {
                ((Map<Object, @Nullable Object>) map).put(last, value == Change.TWICE ? map.get(last) : value);
            }
        } else {
            List<@Nullable Object> list = (List<@Nullable Object>) holder;
            int index = (Integer) last;
            if (value == Change.REMOVED) {
                list.remove(index);
            } else if (value == Change.TWICE) {
                list.add(copy(list.get(index)));
            } else {
                list.set(index, value);
            }
        }
        return copy;
    }

    private static @Nullable Object copy(@Nullable Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                Map<@Nullable Object, @Nullable Object> same = new LinkedHashMap<>();
                map.forEach((key, inside) -> same.put(key, copy(inside)));
                yield same;
            }
            case List<?> list -> {
                List<@Nullable Object> same = new ArrayList<>();
                list.forEach(item -> same.add(copy(item)));
                yield same;
            }
            case null, default -> value;
        };
    }

    /** {@code a.b[0].c} as the steps that lead there. */
    static List<Object> path(String text) {
        List<Object> path = new ArrayList<>();
        for (String step : text.split("\\.")) {
            int bracket = step.indexOf('[');
            path.add(bracket < 0 ? step : step.substring(0, bracket));
            if (bracket >= 0) {
                path.add(Integer.parseInt(step.substring(bracket + 1, step.length() - 1)));
            }
        }
        return path;
    }
}
