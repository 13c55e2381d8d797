package dev.weft.proxy.route;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/** RE2 expressions: compiled with errors that name them, and their literal beginnings. Stateless. */
final class Regexes {
    private static final String META = "\\.+*?()|[]{}^$";

    private Regexes() {}

    static Pattern compile(String regex) {
        try {
            return Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "regex \"" + regex + "\": " + e.getDescription() + " (expected: RE2 syntax)", e);
        }
    }

    /**
     * Characters with which every match of the whole expression begins; empty where that is not plain to see. It lets an
     * expression be found through the index of prefixes instead of being tried on every request.
     */
    static String literalPrefix(String regex) {
        if (regex.indexOf('|') >= 0 || regex.startsWith("(?")) {
            return "";
        }
        int end = 0;
        while (end < regex.length() && META.indexOf(regex.charAt(end)) < 0) {
            end++;
        }
        boolean lastMayBeAbsent = end < regex.length() && "*?{".indexOf(regex.charAt(end)) >= 0;
        return regex.substring(0, lastMayBeAbsent && end > 0 ? end - 1 : end);
    }
}
