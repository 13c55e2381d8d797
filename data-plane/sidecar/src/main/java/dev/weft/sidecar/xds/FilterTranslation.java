package dev.weft.sidecar.xds;

import dev.weft.proxy.filter.FilterPolicy;
import dev.weft.proxy.filter.buffer.BufferPolicy;
import dev.weft.proxy.filter.grpcweb.GrpcWebPolicy;
import dev.weft.proxy.model.FilterConfig;
import dev.weft.proxy.model.ListenerFilter;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * HTTP filters: those of a connection manager, and what hosts and routes say of them. Confined to the thread of the conversion.
 */
final class FilterTranslation {
    static final String ROUTER = "envoy.extensions.filters.http.router.v3.Router";

    private static final String PREFIX = "envoy.extensions.filters.http.";
    private static final String PER_ROUTE = "envoy.config.route.v3.FilterConfig";

    private final Problems problems;
    private final FaultTranslation faults;
    private final CorsTranslation cors;
    private final RateLimitTranslation limits;
    private final CompressionTranslation compression;

    FilterTranslation(Problems problems) {
        this.problems = problems;
        this.faults = new FaultTranslation(problems);
        this.cors = new CorsTranslation(problems);
        this.limits = new RateLimitTranslation(problems);
        this.compression = new CompressionTranslation(problems);
    }

    /** The filters before the router, which is last, in order. Unknown ones are refused unless the configuration can do without. */
    List<ListenerFilter> ofListener(Message manager) {
        List<Message> filters = manager.messages("http_filters");
        List<ListenerFilter> made = new ArrayList<>();
        for (int i = 0; i < filters.size(); i++) {
            Message filter = filters.get(i);
            boolean last = i == filters.size() - 1;
            if (!Extensions.type(filter).equals(ROUTER)) {
                add(made, filter);
            } else if (!last) {
                problems.add(filter.path(), "the router (expected: last)");
            }
        }
        if (filters.isEmpty() || !Extensions.type(filters.getLast()).equals(ROUTER)) {
            problems.add(manager.path("http_filters"), "no router (expected: " + ROUTER + " at the end)");
        }
        return CompressionTranslation.acquainted(made);
    }

    private void add(List<ListenerFilter> made, Message filter) {
        FilterConfig config = filter.find("typed_config").map(this::config).orElse(null);
        if (config == null) {
            if (!filter.bool("is_optional") && !filter.bool("disabled")) {
                Extensions.refuse(filter, "expected: a supported filter, or is_optional", problems);
            }
            return;
        }
        if (made.stream().anyMatch(other -> other.name().equals(filter.string("name")))) {
            problems.add(filter.path("name"), filter.string("name") + ": twice (expected: once)");
            return;
        }
        FilterConfig inForce = filter.bool("disabled") ? FilterConfig.OFF : config;
        ListenerFilter listed = problems.making(filter, () -> new ListenerFilter(filter.string("name"), inForce));
        if (listed != null) {
            made.add(listed);
        }
    }

    /** What a virtual host or a route says, by the filters' names. */
    Map<String, FilterConfig> overrides(Message scope) {
        Map<String, FilterConfig> made = new HashMap<>();
        scope.entries("typed_per_filter_config").forEach((name, config) -> {
            FilterConfig override = override(config);
            if (override != null) {
                made.put(name, override);
            }
        });
        return made;
    }

    private @Nullable FilterConfig override(Message given) {
        if (!given.type().equals(PER_ROUTE)) {
            return supported(given, false);
        }
        if (given.bool("disabled")) {
            return FilterConfig.OFF;
        }
        Message config = given.find("config").orElse(null);
        if (config == null) {
            problems.add(given.path("config"), "missing (expected: a filter's settings, or disabled)");
            return null;
        }
        return supported(config, given.bool("is_optional"));
    }

    private @Nullable FilterConfig supported(Message config, boolean optional) {
        FilterConfig made = config(config);
        if (made == null && !optional) {
            problems.add(config.path(), config.type() + ": not supported (expected: a supported filter's settings)");
        }
        return made;
    }

    /** Null where the type is not one that is supported. */
    private @Nullable FilterConfig config(Message config) {
        if (!config.type().startsWith(PREFIX)) {
            return null;
        }
        return switch (config.type().substring(PREFIX.length())) {
            case "fault.v3.HTTPFault" -> made(config, () -> faults.policy(config));
            case "cors.v3.Cors" -> FilterConfig.OFF; // it is the routes that say for whom
            case "cors.v3.CorsPolicy" -> made(config, () -> cors.policy(config));
            case "local_ratelimit.v3.LocalRateLimit" -> made(config, () -> limits.policy(config));
            case "buffer.v3.Buffer" -> buffer(config);
            case "buffer.v3.BufferPerRoute" ->
                config.bool("disabled") ? FilterConfig.OFF : buffer(config.message("buffer"));
            case "compressor.v3.Compressor" -> made(config, () -> compression.compressor(config));
            case "compressor.v3.CompressorPerRoute" -> {
                if (!config.bool("disabled")) {
                    problems.add(config.path("disabled"), "not set (expected: true)");
                }
                yield FilterConfig.OFF;
            }
            case "decompressor.v3.Decompressor" -> made(config, () -> compression.decompressor(config));
            case "grpc_web.v3.GrpcWeb" -> new GrpcWebPolicy();
            default -> null;
        };
    }

    private FilterConfig buffer(Message buffer) {
        return made(buffer, () -> new BufferPolicy(buffer.number("max_request_bytes")));
    }

    /** Notes what is wrong with it; the value does not count then. */
    private FilterConfig made(Message config, Supplier<FilterConfig> making) {
        FilterConfig made = problems.making(config, () -> {
            FilterConfig settings = making.get();
            if (settings instanceof FilterPolicy policy) {
                policy.filter(); // whose patterns and names are compiled here for the first time
            }
            return settings;
        });
        return made == null ? FilterConfig.OFF : made;
    }
}
