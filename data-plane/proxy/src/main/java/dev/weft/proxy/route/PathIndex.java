package dev.weft.proxy.route;

import dev.weft.proxy.http.RequestHead;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Immutable: the ordered rules of a virtual host, found by path. The rule that comes first in the configuration wins, as if each
 * were tried in turn; but only those are tried whose path can match.
 *
 * <p>All rules hang in hash tables under the text that their paths begin with (or are). One pass over the path hashes each of
 * its prefixes, and probes those whose length some rule has. Each hit is a list of rules in order; the least index whose
 * conditions hold is the answer, and a list is left as soon as it is past the best so far. So the cost grows with the path and
 * with the rules that share its prefixes, not with the number of rules.
 */
final class PathIndex {
    private static final int NONE = Integer.MAX_VALUE;

    private final Route[] rules;
    private final TextTable<int[]> whole;
    private final TextTable<int[]> prefixes;
    private final TextTable<int[]> wholeIgnoringCase;
    private final TextTable<int[]> prefixesIgnoringCase;

    /** Rules that any path may match: empty prefixes, and expressions without a literal beginning. */
    private final int[] anywhere;

    /** Rules for CONNECT, which has no path. */
    private final int[] connect;

    private final boolean foldsCase;

    PathIndex(List<Route> rules) {
        this.rules = rules.toArray(Route[]::new);
        this.whole = TextTable.exact(group(rules, true, false));
        this.prefixes = TextTable.exact(group(rules, false, false));
        this.wholeIgnoringCase = TextTable.ignoringCase(group(rules, true, true));
        this.prefixesIgnoringCase = TextTable.ignoringCase(group(rules, false, true));
        this.foldsCase = !wholeIgnoringCase.isEmpty() || !prefixesIgnoringCase.isEmpty();
        this.anywhere = IntStream.range(0, rules.size())
                .filter(i -> rules.get(i).path().key().isEmpty() && !isConnect(rules.get(i)))
                .toArray();
        this.connect = IntStream.range(0, rules.size())
                .filter(i -> isConnect(rules.get(i)))
                .toArray();
    }

    private static boolean isConnect(Route rule) {
        return rule.path() instanceof PathTest.Connect;
    }

    /** The rule for a CONNECT. */
    @Nullable
    Route findConnect(RequestHead head, int lot) {
        int best = first(connect, NONE, "", 0, head, lot);
        return best == NONE ? null : rules[best];
    }

    @Nullable
    Route find(String path, RequestHead head, int lot) {
        int end = Query.start(path);
        int best = first(anywhere, NONE, path, end, head, lot);
        best = walk(whole, prefixes, false, path, end, head, lot, best);
        if (foldsCase) {
            best = walk(wholeIgnoringCase, prefixesIgnoringCase, true, path, end, head, lot, best);
        }
        return best == NONE ? null : rules[best];
    }

    private int walk(
            TextTable<int[]> wholes,
            TextTable<int[]> starts,
            boolean fold,
            String path,
            int end,
            RequestHead head,
            int lot,
            int bestSoFar) {
        int best = bestSoFar;
        boolean mayBeWhole = wholes.hasKeyOfLength(end);
        int last = mayBeWhole ? end : Math.min(end, starts.longestKey());
        int hash = 0;
        for (int to = 1; to <= last; to++) {
            char c = path.charAt(to - 1);
            hash = TextTable.step(hash, fold ? TextTable.lower(c) : c);
            if (starts.hasKeyOfLength(to)) {
                best = first(starts.get(path, 0, to, hash), best, path, end, head, lot);
            }
        }
        return mayBeWhole ? first(wholes.get(path, 0, end, hash), best, path, end, head, lot) : best;
    }

    /** The first of {@code candidates} that matches, if it comes before {@code best}. */
    private int first(int @Nullable [] candidates, int best, String path, int end, RequestHead head, int lot) {
        if (candidates == null) {
            return best;
        }
        for (int candidate : candidates) {
            if (candidate >= best) {
                return best;
            }
            if (rules[candidate].matches(path, end, head, lot)) {
                return candidate;
            }
        }
        return best;
    }

    private static Map<String, int[]> group(List<Route> rules, boolean whole, boolean ignoreCase) {
        Map<String, List<Integer>> lists = TextTable.grouped();
        for (int i = 0; i < rules.size(); i++) {
            PathTest path = rules.get(i).path();
            if (path.whole() == whole
                    && path.ignoreCase() == ignoreCase
                    && !path.key().isEmpty()) {
                lists.computeIfAbsent(path.key(), key -> new ArrayList<>()).add(i);
            }
        }
        Map<String, int[]> arrays = new HashMap<>();
        lists.forEach((key, list) ->
                arrays.put(key, list.stream().mapToInt(Integer::intValue).toArray()));
        return arrays;
    }
}
