package dev.weft.xds;

import io.envoyproxy.envoy.type.matcher.v3.NodeMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.List;
import java.util.Locale;

/**
 * Immutable. Which nodes a status request is about. Matching by metadata and by regular expression is refused: anyone
 * who may ask could make the server burn time on them, and ids are enough to find a node.
 */
final class NodeMatch {
    private NodeMatch() {}

    /** @throws IllegalArgumentException naming the matcher that is not supported */
    static boolean matches(List<NodeMatcher> matchers, String nodeId) {
        boolean matches = matchers.isEmpty();
        for (int i = 0; i < matchers.size(); i++) {
            matches |= matches(matchers.get(i), "node_matchers[" + i + "]", nodeId);
        }
        return matches;
    }

    private static boolean matches(NodeMatcher matcher, String path, String nodeId) {
        if (matcher.getNodeMetadatasCount() > 0) {
            throw new IllegalArgumentException(path + ".node_metadatas: not supported (expected: node_id)");
        }
        return !matcher.hasNodeId() || matches(matcher.getNodeId(), path + ".node_id", nodeId);
    }

    private static boolean matches(StringMatcher matcher, String path, String nodeId) {
        boolean fold = matcher.getIgnoreCase();
        String id = fold(nodeId, fold);
        return switch (matcher.getMatchPatternCase()) {
            case EXACT -> id.equals(fold(matcher.getExact(), fold));
            case PREFIX -> id.startsWith(fold(matcher.getPrefix(), fold));
            case SUFFIX -> id.endsWith(fold(matcher.getSuffix(), fold));
            case CONTAINS -> id.contains(fold(matcher.getContains(), fold));
            case SAFE_REGEX, CUSTOM, MATCHPATTERN_NOT_SET ->
                throw new IllegalArgumentException(
                        path + ": not supported (expected: exact, prefix, suffix or contains)");
        };
    }

    private static String fold(String text, boolean ignoreCase) {
        return ignoreCase ? text.toLowerCase(Locale.ROOT) : text;
    }
}
