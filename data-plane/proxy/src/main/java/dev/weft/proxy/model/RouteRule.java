package dev.weft.proxy.model;

import java.util.Map;

/**
 * The first rule of a host whose match holds decides.
 *
 * @param name for logs and metrics; may be empty
 * @param headers applied to request and response
 * @param filters other settings of the listener's filters, by their names
 */
public record RouteRule(
        String name, RouteMatch match, RouteAction action, HeaderRules headers, Map<String, FilterConfig> filters) {
    public RouteRule {
        filters = Map.copyOf(filters);
    }

    /** With the filters as host and listener have them. */
    public RouteRule(String name, RouteMatch match, RouteAction action, HeaderRules headers) {
        this(name, match, action, headers, Map.of());
    }

    /** The same with another action. */
    public RouteRule withAction(RouteAction other) {
        return new RouteRule(name, match, other, headers, filters);
    }
}
