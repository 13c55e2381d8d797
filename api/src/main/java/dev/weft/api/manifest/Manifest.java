package dev.weft.api.manifest;

import dev.weft.v1.Resource;
import java.util.Map;

/**
 * One document of a manifest. Immutable.
 *
 * @param source file name, or {@code -} for standard input
 * @param line at which the document begins, from 1
 * @param lines by field path ({@code spec.rules[0].match}), from 1
 */
public record Manifest(Resource resource, String source, int line, Map<String, Integer> lines) {
    public Manifest {
        lines = Map.copyOf(lines);
    }

    /** The line of a field, or of the nearest field around it. */
    public int lineOf(String field) {
        for (String path = field; !path.isEmpty(); path = parent(path)) {
            Integer found = lines.get(path);
            if (found != null) {
                return found;
            }
        }
        return line;
    }

    private static String parent(String path) {
        int end = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
        return end < 0 ? "" : path.substring(0, end);
    }
}
