package dev.weft.proxy.forward;

import dev.weft.proxy.filter.RouteChains;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.route.Routes;

/**
 * How an HTTP listener treats requests, compiled. Immutable.
 *
 * @param listener its name
 * @param chains what happens to each request, by its route, the proxy's own policies included
 */
public record HttpPolicy(String listener, HttpOptions options, Routes routes, RouteChains chains) {}
