package dev.weft.proxy.route;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Immutable: which virtual host an authority means. An exact domain wins, then the longest {@code *.suffix}, then the longest
 * {@code prefix.*}, then {@code *}; letter case does not matter (RFC 9110, section 4.2.3). A wildcard stands for at least one
 * character.
 */
final class Hosts<V> {
    private final TextTable<V> exact;
    private final TextTable<V> suffixes;
    private final TextTable<V> prefixes;
    private final @Nullable V any;

    private Hosts(Map<String, V> exact, Map<String, V> suffixes, Map<String, V> prefixes, @Nullable V any) {
        this.exact = TextTable.ignoringCase(exact);
        this.suffixes = TextTable.ignoringCaseBackward(suffixes);
        this.prefixes = TextTable.ignoringCase(prefixes);
        this.any = any;
    }

    /** Collects domains; each may be given once. */
    static final class Builder<V> {
        private final Map<String, V> exact = new HashMap<>();
        private final Map<String, V> suffixes = new HashMap<>();
        private final Map<String, V> prefixes = new HashMap<>();
        private @Nullable V any;

        void add(String domain, V value) {
            String lower = TextTable.lower(domain);
            boolean duplicate;
            if (lower.equals("*")) {
                duplicate = any != null;
                any = value;
            } else if (lower.startsWith("*")) {
                duplicate = suffixes.put(wildcardFree(domain, lower.substring(1)), value) != null;
            } else if (lower.endsWith("*")) {
                duplicate = prefixes.put(wildcardFree(domain, lower.substring(0, lower.length() - 1)), value) != null;
            } else {
                duplicate = exact.put(wildcardFree(domain, lower), value) != null;
            }
            if (duplicate) {
                throw new IllegalArgumentException("domain \"" + domain + "\": given twice (expected: once a table)");
            }
        }

        Hosts<V> build() {
            return new Hosts<>(exact, suffixes, prefixes, any);
        }

        private static String wildcardFree(String domain, String rest) {
            if (rest.isEmpty() || rest.indexOf('*') >= 0) {
                throw new IllegalArgumentException(
                        "domain \"" + domain + "\" (expected: a host, *.suffix, prefix.* or *)");
            }
            return rest;
        }
    }

    /**
     * @param stripPort whether the authority's port is left out, except where a domain names it
     */
    @Nullable
    V find(String authority, boolean stripPort) {
        int end = authority.length();
        V found = exact(authority, end);
        if (found != null) {
            return found;
        }
        if (stripPort) {
            int colon = portColon(authority);
            if (colon >= 0) {
                end = colon;
                found = exact(authority, end);
                if (found != null) {
                    return found;
                }
            }
        }
        found = suffixes.isEmpty() ? null : longestSuffix(authority, end);
        if (found == null && !prefixes.isEmpty()) {
            found = longestPrefix(authority, end);
        }
        return found == null ? any : found;
    }

    /** Index of the colon before the port, or -1; colons inside an IPv6 literal are none. */
    static int portColon(String authority) {
        for (int i = authority.length() - 1; i >= 0; i--) {
            char c = authority.charAt(i);
            if (c == ':') {
                return i;
            }
            if (c < '0' || c > '9') {
                return -1;
            }
        }
        return -1;
    }

    private @Nullable V exact(String authority, int end) {
        if (!exact.hasKeyOfLength(end)) {
            return null;
        }
        int hash = 0;
        for (int i = 0; i < end; i++) {
            hash = TextTable.step(hash, TextTable.lower(authority.charAt(i)));
        }
        return exact.get(authority, 0, end, hash);
    }

    private @Nullable V longestSuffix(String authority, int end) {
        V longest = null;
        int hash = 0;
        for (int from = end - 1; from > 0 && end - from <= suffixes.longestKey(); from--) {
            hash = TextTable.step(hash, TextTable.lower(authority.charAt(from)));
            if (suffixes.hasKeyOfLength(end - from)) {
                V found = suffixes.get(authority, from, end, hash);
                longest = found == null ? longest : found;
            }
        }
        return longest;
    }

    private @Nullable V longestPrefix(String authority, int end) {
        V longest = null;
        int hash = 0;
        for (int to = 1; to < end && to <= prefixes.longestKey(); to++) {
            hash = TextTable.step(hash, TextTable.lower(authority.charAt(to - 1)));
            if (prefixes.hasKeyOfLength(to)) {
                V found = prefixes.get(authority, 0, to, hash);
                longest = found == null ? longest : found;
            }
        }
        return longest;
    }
}
