package dev.weft.proxy.filter;

import dev.weft.proxy.route.Route;
import org.jspecify.annotations.Nullable;

/**
 * The filters of a listener, as each of its routes has them: compiled before a request comes, so that one that is absent or
 * switched off costs nothing. Immutable.
 */
public final class RouteChains {
    private final FilterChain unrouted;
    private final FilterChain[] byRoute;

    /**
     * @param unrouted for requests that no route matches
     * @param byRoute by {@link Route#index}
     */
    public RouteChains(FilterChain unrouted, FilterChain[] byRoute) {
        this.unrouted = unrouted;
        this.byRoute = byRoute.clone();
    }

    public FilterChain of(@Nullable Route route) {
        return route == null ? unrouted : byRoute[route.index()];
    }
}
