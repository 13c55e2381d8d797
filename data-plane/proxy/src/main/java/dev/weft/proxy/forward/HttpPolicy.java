package dev.weft.proxy.forward;

import dev.weft.proxy.filter.RouteChains;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.route.Routes;
import dev.weft.proxy.telemetry.LineFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How an HTTP listener treats requests, compiled. Immutable.
 *
 * @param listener its name
 * @param chains what happens to each request, by its route, the proxy's own policies included
 * @param replies what becomes of answers of our own; null where they stay
 * @param logs the lines of the access log that are in words of somebody's own
 */
public record HttpPolicy(
        String listener,
        HttpOptions options,
        Routes routes,
        RouteChains chains,
        @Nullable LocalReplies replies,
        List<LineFormat> logs) {
    /** Whether a line may tell how long an upstream took, so that it is worth measuring. */
    boolean tellsTimes() {
        return !logs.isEmpty();
    }
}
