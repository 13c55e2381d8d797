package dev.weft.proxy.route;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Immutable: a path in the notation of Envoy's URI templates. Between slashes there is text; {@code *} for one segment that is not
 * empty; {@code **} for the rest, of any length and any number of segments; or a variable, with text before and behind it:
 * <code>{name}</code> for what a star matches, <code>{name=text/*}</code> for what is on its right. After {@code **} there is no
 * other star, nor a variable that has one. Where text follows a star directly, the path ends with it. A path matches as a whole.
 *
 * <p>Text is of the characters that a segment may have (RFC 3986, section 3.3), and those are what stars match.
 */
final class PathTemplate {
    private static final int MOST_CHARACTERS = 256;
    private static final int MOST_VARIABLES = 5;
    private static final int LONGEST_NAME = 16;
    private static final String TEXT = "-a-zA-Z0-9._~%!$&'()*+,;=:@";
    private static final String SEGMENT = "[" + TEXT + "]+";
    private static final String REST = "[" + TEXT + "/]*";
    private static final Pattern NAME = Pattern.compile("[a-zA-Z][a-zA-Z0-9_]*");
    private static final Pattern LITERAL = Pattern.compile("[" + TEXT + "]+");
    private static final Pattern REWRITTEN = Pattern.compile("[" + TEXT + "/]+");

    private final String template;
    private final StringBuilder regex = new StringBuilder();
    private final List<String> variables = new ArrayList<>();

    /** Where it is read. */
    private int at;

    private boolean restSeen;
    private final Pattern pattern;
    private final String literalPrefix;

    /**
     * @throws IllegalArgumentException where it is none
     */
    PathTemplate(String template) {
        this.template = template;
        if (template.length() > MOST_CHARACTERS || !template.startsWith("/")) {
            throw wrong("a path that begins with /, of at most " + MOST_CHARACTERS + " characters");
        }
        while (at < template.length()) {
            segment();
        }
        this.pattern = Pattern.compile(regex.toString());
        this.literalPrefix = template.substring(0, firstWild());
    }

    /** Where the first star or variable is; a star within text is none, but nothing is lost if it is taken for one. */
    private int firstWild() {
        int i = 0;
        while (i < template.length() && "*{".indexOf(template.charAt(i)) < 0) {
            i++;
        }
        return i;
    }

    /** A slash and what is behind it. */
    private void segment() {
        at++;
        regex.append('/');
        if (at == template.length()) {
            return; // which only paths match that end with the slash, too
        }
        int begin = at;
        if (template.charAt(at) == '*') {
            star();
            if (!isAtEndOfSegment()) {
                text();
                if (at < template.length()) {
                    throw wrong("nothing behind text that follows a star");
                }
            }
            return;
        }
        if (template.charAt(at) != '{') {
            text();
        }
        if (!isAtEndOfSegment()) {
            variable(at > begin);
        }
        if (!isAtEndOfSegment()) {
            text();
        }
        if (!isAtEndOfSegment()) {
            throw wrong("one variable in a segment");
        }
    }

    private boolean isAtEndOfSegment() {
        return at == template.length() || template.charAt(at) == '/';
    }

    private void star() {
        if (restSeen) {
            throw wrong("no star or variable behind **");
        }
        restSeen = template.startsWith("**", at);
        regex.append(restSeen ? REST : SEGMENT);
        at += restSeen ? 2 : 1;
    }

    private void variable(boolean withinSegment) {
        if (template.charAt(at) != '{') {
            throw wrong("characters of a path's segment");
        }
        int close = template.indexOf('}', at);
        int slash = template.indexOf('/', at);
        if (close < 0 || (withinSegment && slash >= 0 && slash < close)) {
            throw wrong(withinSegment ? "} behind { in the same segment" : "} behind {");
        }
        int equals = template.indexOf('=', at);
        boolean matches = equals >= 0 && equals < close;
        String name = template.substring(at + 1, matches ? equals : close);
        if (!NAME.matches(name) || name.length() > LONGEST_NAME) {
            throw wrong("a variable's name of a letter and up to " + (LONGEST_NAME - 1) + " letters, digits or _");
        }
        if (variables.contains(name) || variables.size() == MOST_VARIABLES) {
            throw wrong("at most " + MOST_VARIABLES + " variables, each with a name of its own");
        }
        variables.add(name);
        regex.append('(');
        if (matches) {
            at = equals + 1;
            parts(close);
        } else if (restSeen) {
            throw wrong("no star or variable behind **");
        } else {
            regex.append(SEGMENT);
        }
        regex.append(')');
        at = close + 1;
    }

    /** What a variable matches. */
    private void parts(int close) {
        while (true) {
            if (at < close && template.charAt(at) == '*') {
                star();
            } else {
                text();
            }
            if (at == close) {
                return;
            }
            if (template.charAt(at) != '/') {
                throw wrong("/ between the parts of a variable");
            }
            regex.append('/');
            at++;
        }
    }

    /** Text up to a brace or to the end of the segment. */
    private void text() {
        int end = at;
        while (end < template.length() && "/{}".indexOf(template.charAt(end)) < 0) {
            end++;
        }
        String text = template.substring(at, end);
        if (!LITERAL.matches(text)) {
            throw wrong("characters of a path's segment");
        }
        regex.append(Pattern.quote(text));
        at = end;
    }

    private IllegalArgumentException wrong(String expected) {
        return new IllegalArgumentException(
                "path_template: \"" + template + "\": at " + at + " (expected: " + expected + ")");
    }

    Pattern pattern() {
        return pattern;
    }

    /** Text with which every path begins that matches. */
    String literalPrefix() {
        return literalPrefix;
    }

    /** What a path becomes. Immutable. */
    final class Rewriting {
        /** Literal text, each followed by the variable of the same index in {@link #groups}; 0 for none. */
        private final List<String> literals = new ArrayList<>();

        private final List<Integer> groups = new ArrayList<>();

        /**
         * @param rewrite text in which <code>{name}</code> stands for what a variable of the template has matched
         * @throws IllegalArgumentException where it is none
         */
        Rewriting(String rewrite) {
            if (rewrite.length() > MOST_CHARACTERS || !rewrite.startsWith("/") || rewrite.contains("//")) {
                throw wrong(
                        rewrite,
                        "a path that begins with /, of at most " + MOST_CHARACTERS + " characters, without //");
            }
            int from = 0;
            for (int open = rewrite.indexOf('{'); open >= 0; open = rewrite.indexOf('{', from)) {
                int close = rewrite.indexOf('}', open);
                if (close < 0) {
                    throw wrong(rewrite, "} behind {");
                }
                int variable = variables.indexOf(rewrite.substring(open + 1, close));
                if (variable < 0) {
                    throw wrong(rewrite, "variables of path_template \"" + template + "\": " + variables);
                }
                literals.add(literal(rewrite, from, open));
                groups.add(variable + 1);
                from = close + 1;
            }
            literals.add(literal(rewrite, from, rewrite.length()));
            groups.add(0);
        }

        private static String literal(String rewrite, int from, int to) {
            String text = rewrite.substring(from, to);
            if (!text.isEmpty() && !REWRITTEN.matches(text)) {
                throw wrong(rewrite, "characters of a path");
            }
            return text;
        }

        private static IllegalArgumentException wrong(String rewrite, String expected) {
            return new IllegalArgumentException(
                    "path_template_rewrite: \"" + rewrite + "\" (expected: " + expected + ")");
        }

        /** Null where the path does not match, since something else has changed it. */
        @Nullable
        String of(String path) {
            Matcher matcher = pattern.matcher(path);
            if (!matcher.matches()) {
                return null;
            }
            StringBuilder out = new StringBuilder(path.length() + 16);
            for (int i = 0; i < literals.size(); i++) {
                out.append(literals.get(i));
                if (groups.get(i) > 0) {
                    out.append(matcher.group(groups.get(i)));
                }
            }
            return out.toString();
        }
    }
}
