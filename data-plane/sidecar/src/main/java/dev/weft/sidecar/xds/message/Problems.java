package dev.weft.sidecar.xds.message;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Collects everything that is wrong with a message, each with its path. Confined to the thread that reads the message. */
public final class Problems {
    /** In the order found; what several users of one message find is told once. */
    private final Set<String> found = new LinkedHashSet<>();

    /** Notes what is wrong at a path; an empty path stands for the whole message. */
    public void add(String path, String what) {
        found.add(path.isEmpty() ? what : path + ": " + what);
    }

    public void addAll(Problems others) {
        found.addAll(others.found);
    }

    /** Makes a record that checks itself; what it says against its values is noted under the path of {@code at}. */
    public <T> @Nullable T making(Message at, Supplier<T> record) {
        try {
            return record.get();
        } catch (IllegalArgumentException refused) {
            String path = at.path();
            String text = String.valueOf(refused.getMessage());
            found.add(path.isEmpty() ? text : path + "." + text);
            return null;
        }
    }

    public boolean isEmpty() {
        return found.isEmpty();
    }

    public List<String> list() {
        return List.copyOf(found);
    }

    @Override
    public String toString() {
        return String.join("; ", found);
    }
}
