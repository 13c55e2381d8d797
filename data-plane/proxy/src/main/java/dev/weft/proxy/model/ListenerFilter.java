package dev.weft.proxy.model;

/**
 * A filter of a listener.
 *
 * @param name by which virtual hosts and routes give it other settings
 */
public record ListenerFilter(String name, FilterConfig config) {
    public ListenerFilter {
        Check.notEmpty(name, "filter");
    }
}
