package dev.weft.proxy;

import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.FilterChain;
import dev.weft.proxy.filter.FilterFaults;
import dev.weft.proxy.filter.FilterPolicy;
import dev.weft.proxy.filter.ForwardedFilter;
import dev.weft.proxy.filter.HeaderRulesFilter;
import dev.weft.proxy.filter.RequestIdEcho;
import dev.weft.proxy.filter.RequestIdFilter;
import dev.weft.proxy.filter.RouteChains;
import dev.weft.proxy.filter.mirror.MirrorFilter;
import dev.weft.proxy.model.ChainKey;
import dev.weft.proxy.model.FilterConfig;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerFilter;
import dev.weft.proxy.model.RouteAction.Mirror;
import dev.weft.proxy.route.ForwardDecision;
import dev.weft.proxy.route.Route;
import dev.weft.proxy.route.Routes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What happens to requests, in order, for every route of every listener and chain of it.
 *
 * <p>A filter that has settings is made once for each place where they are written: a chain of a listener, a virtual host, a rule. Where
 * an update leaves the settings of a place alone its filter stays, and with it what it has counted.
 *
 * <p>Guarded by its proxy's lock.
 */
final class ChainMaker {
    private final List<Filter> own;
    private final FilterFaults faults;
    private Map<Place, Made> kept = Map.of();

    /**
     * @param own added by whoever built the proxy, to every listener
     * @param faults is told of filters that throw
     */
    ChainMaker(List<Filter> own, FilterFaults faults) {
        this.own = List.copyOf(own);
        this.faults = faults;
    }

    /** Where settings are written: {@code scope} is empty for the chain itself. */
    private record Place(ChainKey chain, String scope, String filter) {}

    private record Made(FilterConfig config, Filter filter) {}

    /** Begins with a configuration; it becomes what is kept by {@link Round#keep}. */
    Round begin() {
        return new Round();
    }

    /** One configuration. */
    final class Round {
        private final Map<Place, Made> made = new HashMap<>();

        /**
         * @throws IllegalArgumentException where a filter cannot be made of its settings
         */
        RouteChains of(ChainKey key, ListenerConfig.Http http, Routes routes) {
            Map<Shape, FilterChain> shared = new HashMap<>();
            FilterChain[] chains = new FilterChain[routes.all().size()];
            for (Route route : routes.all()) {
                Shape shape = Shape.of(route);
                chains[route.index()] = shared.computeIfAbsent(shape, s -> chain(key, http, routes, route));
            }
            return new RouteChains(chain(key, http, routes, null), chains);
        }

        void keep() {
            kept = made;
        }

        /** With the same places whatever the route, since a filter may choose another for a request that is on its way. */
        private FilterChain chain(ChainKey key, ListenerConfig.Http http, Routes routes, @Nullable Route route) {
            HttpOptions options = http.options();
            List<Filter> chain = new ArrayList<>();
            if (options.requestId()) {
                // First, so that whatever else is said about the request can name it.
                chain.add(new RequestIdFilter(!options.useRemoteAddress()
                        || options.trustedHops() > 0
                        || options.habits().keepRequestId()));
            }
            if (options.habits().requestIdInResponse()) {
                chain.add(new RequestIdEcho());
            }
            chain.add(new ForwardedFilter(options)); // before all that may decide by the client's address
            chain.addAll(own);
            for (ListenerFilter configured : http.filters()) {
                chain.add(filter(key, configured, route));
            }
            if (routes.changesHeaders()) {
                // So that what is configured has the last word on what is sent.
                // By any route: a filter may choose another.
                chain.add(new HeaderRulesFilter());
            }
            chain.add(mirror(route)); // of what is sent at last
            return FilterChain.of(chain, faults);
        }

        private static Filter mirror(@Nullable Route route) {
            return route != null
                            && route.decision() instanceof ForwardDecision to
                            && !to.mirrors().isEmpty()
                    ? new MirrorFilter(to)
                    : FilterChain.ABSENT;
        }

        private Filter filter(ChainKey key, ListenerFilter configured, @Nullable Route route) {
            FilterConfig other = route == null ? null : route.filters().get(configured.name());
            FilterConfig config = other == null ? configured.config() : other;
            String scope = other == null || route == null ? "" : scopeOf(route);
            return switch (config) {
                case FilterConfig.Off _ -> FilterChain.ABSENT;
                case FilterPolicy policy ->
                    made.computeIfAbsent(new Place(key, scope, configured.name()), place -> make(place, policy)).filter;
                default ->
                    throw new IllegalArgumentException("listener " + key.listener() + ": filter " + configured.name()
                            + ": " + config.getClass().getName() + " (expected: a FilterPolicy)");
            };
        }

        private Made make(Place place, FilterPolicy policy) {
            Made before = kept.get(place);
            return before != null && Objects.equals(before.config, policy) ? before : new Made(policy, policy.filter());
        }
    }

    /**
     * Routes of one shape have the same chain.
     *
     * @param only the index of a route that shares with none, since its copies have a host by its own rule
     */
    private record Shape(String scope, List<Mirror> mirrors, long timeoutNanos, int only) {
        private static final int SHARED = -1;

        static Shape of(Route route) {
            return route.decision() instanceof ForwardDecision to
                            && !to.mirrors().isEmpty()
                    ? new Shape(
                            scopeOf(route),
                            to.mirrors(),
                            to.timeoutNanos(),
                            to.rewritesHostByHeader() ? route.index() : SHARED)
                    : new Shape(scopeOf(route), List.of(), 0, SHARED);
        }
    }

    private static String scopeOf(Route route) {
        if (route.hasOwnFilters()) {
            return route.host() + "/" + route.index();
        }
        return route.filters().isEmpty() ? "" : route.host();
    }
}
