package dev.weft.proxy.route;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.List;

/**
 * Immutable: a regular expression and what its matches are replaced by, in RE2's notation ({@code \0} to {@code \9}, {@code \\}).
 * Done by hand because re2j's own notation reads {@code $10} differently where there are ten groups.
 */
final class Substitution {
    private final Pattern pattern;

    /** Literal text, each followed by the group of the same index in {@link #groups}; -1 for none. */
    private final List<String> literals = new ArrayList<>();

    private final List<Integer> groups = new ArrayList<>();

    Substitution(String regex, String substitution) {
        this.pattern = Regexes.compile(regex);
        StringBuilder literal = new StringBuilder();
        for (int i = 0; i < substitution.length(); i++) {
            char c = substitution.charAt(i);
            char next = i + 1 < substitution.length() ? substitution.charAt(i + 1) : 0;
            if (c != '\\') {
                literal.append(c);
            } else if (next == '\\') {
                literal.append('\\');
                i++;
            } else if (next >= '0' && next <= '9' && next - '0' <= pattern.groupCount()) {
                literals.add(literal.toString());
                groups.add(next - '0');
                literal.setLength(0);
                i++;
            } else {
                throw new IllegalArgumentException("substitution \"" + substitution + "\": at " + i
                        + " (expected: \\0 to \\" + Math.min(9, pattern.groupCount()) + " or \\\\)");
            }
        }
        literals.add(literal.toString());
        groups.add(-1);
    }

    String replaceAll(String text) {
        Matcher matcher = pattern.matcher(text);
        StringBuilder result = new StringBuilder(text.length() + 16);
        int copied = 0;
        while (matcher.find()) {
            result.append(text, copied, matcher.start());
            for (int i = 0; i < literals.size(); i++) {
                result.append(literals.get(i));
                String group = groups.get(i) < 0 ? null : matcher.group(groups.get(i));
                result.append(group == null ? "" : group);
            }
            copied = matcher.end();
        }
        return copied == 0 && result.isEmpty()
                ? text
                : result.append(text, copied, text.length()).toString();
    }
}
