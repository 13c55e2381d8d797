package dev.weft.proxy.model;

import java.util.Map;

/** A line of an access log in words of one's own; texts have operators ({@code dev.weft.proxy.format}). */
public sealed interface LogFormat {
    /**
     * @param omitEmpty whether what is not known leaves nothing in place of a hyphen
     */
    record Text(String template, boolean omitEmpty) implements LogFormat {}

    /**
     * @param tree of maps, lists, texts, numbers and truth values; written in the order of its keys' letters
     * @param omitEmpty whether a field of which nothing is known is left out in place of null
     */
    record Json(Map<String, Object> tree, boolean omitEmpty) implements LogFormat {
        public Json {
            tree = Map.copyOf(tree);
        }
    }
}
