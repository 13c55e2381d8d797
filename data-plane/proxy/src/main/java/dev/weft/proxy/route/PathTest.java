package dev.weft.proxy.route;

import com.google.re2j.Pattern;
import dev.weft.proxy.model.RouteMatch.PathMatch;

/**
 * Immutable: a compiled {@link PathMatch}. {@link PathIndex} finds the candidates by {@link #key}; what is left to test here is
 * what the index cannot know.
 */
sealed interface PathTest {
    /** What the path must begin with (or, where {@link #whole}, be), in lower case where {@link #ignoreCase}. */
    String key();

    default boolean ignoreCase() {
        return false;
    }

    default boolean whole() {
        return false;
    }

    /** Whether a path that begins with the key matches. */
    boolean test(String path, int end);

    /** How much of a matching path is replaced by a prefix rewrite. */
    default int matchedLength(int end) {
        return key().length();
    }

    static PathTest compile(PathMatch match) {
        return switch (match) {
            case PathMatch.Exact m -> new Exact(fold(m.path(), m.caseSensitive()), !m.caseSensitive());
            case PathMatch.Prefix m -> new Prefix(fold(m.prefix(), m.caseSensitive()), !m.caseSensitive());
            case PathMatch.SegmentPrefix m -> segmentPrefix(m);
            case PathMatch.Connect _ -> new Connect();
            case PathMatch.Template m -> new Template(new PathTemplate(m.template()));
            case PathMatch.Regex m -> new Regex(Regexes.literalPrefix(m.pattern()), Regexes.compile(m.pattern()));
        };
    }

    record Exact(String key, boolean ignoreCase) implements PathTest {
        @Override
        public boolean whole() {
            return true;
        }

        @Override
        public boolean test(String path, int end) {
            return true;
        }
    }

    record Prefix(String key, boolean ignoreCase) implements PathTest {
        @Override
        public boolean test(String path, int end) {
            return true;
        }
    }

    record SegmentPrefix(String key, boolean ignoreCase) implements PathTest {
        @Override
        public boolean test(String path, int end) {
            return end == key.length() || path.charAt(key.length()) == '/';
        }
    }

    /** No path; {@link PathIndex} knows for which requests it is. */
    record Connect() implements PathTest {
        @Override
        public String key() {
            return "";
        }

        @Override
        public boolean test(String path, int end) {
            return true;
        }
    }

    record Regex(String key, Pattern pattern) implements PathTest {
        @Override
        public boolean test(String path, int end) {
            return pattern.matches(end == path.length() ? path : path.substring(0, end));
        }

        @Override
        public int matchedLength(int end) {
            return end;
        }
    }

    record Template(PathTemplate template) implements PathTest {
        @Override
        public String key() {
            return template.literalPrefix();
        }

        @Override
        public boolean test(String path, int end) {
            return template.pattern().matches(end == path.length() ? path : path.substring(0, end));
        }

        @Override
        public int matchedLength(int end) {
            return end;
        }
    }

    private static PathTest segmentPrefix(PathMatch.SegmentPrefix match) {
        String key = fold(match.prefix(), match.caseSensitive());
        while (key.endsWith("/")) {
            key = key.substring(0, key.length() - 1); // "/a/" and "/a" mean the same segments, and "/" means all
        }
        return new SegmentPrefix(key, !match.caseSensitive());
    }

    private static String fold(String text, boolean caseSensitive) {
        return caseSensitive ? text : TextTable.lower(text);
    }
}
