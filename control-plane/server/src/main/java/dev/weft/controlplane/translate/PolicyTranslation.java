package dev.weft.controlplane.translate;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.util.Durations;
import dev.weft.api.validation.HumanUnits;
import dev.weft.v1.Cors;
import dev.weft.v1.Fault;
import dev.weft.v1.Mirror;
import dev.weft.v1.RateLimit;
import dev.weft.v1.Rule;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import io.envoyproxy.envoy.extensions.filters.common.fault.v3.FaultDelay;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.FaultAbort;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import io.envoyproxy.envoy.type.v3.FractionalPercent.DenominatorType;
import io.envoyproxy.envoy.type.v3.TokenBucket;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What rules say of faults, limits, CORS and mirrors, as Envoy's filters and route actions have it. Pure. */
final class PolicyTranslation {
    private static final String CORS = "envoy.filters.http.cors";
    private static final String FAULT = "envoy.filters.http.fault";
    private static final String RATE_LIMIT = "envoy.filters.http.local_ratelimit";
    private static final double WHOLE = 100;
    private static final int PARTS_OF_PERCENT = 10_000;

    private PolicyTranslation() {}

    /** The filters of a listener, in the order in which requests pass them, all of them off. */
    static List<HttpFilter> dormant() {
        return List.of(
                dormant(
                        CORS,
                        io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors.getDefaultInstance()), // answers first
                dormant(FAULT, HTTPFault.getDefaultInstance()),
                dormant(
                        RATE_LIMIT,
                        LocalRateLimit.newBuilder().setStatPrefix("rate_limit").build()));
    }

    private static HttpFilter dormant(String name, Message config) {
        return HttpFilter.newBuilder()
                .setName(name)
                .setTypedConfig(Any.pack(config))
                .setDisabled(true)
                .build();
    }

    /** The settings that switch filters on for a rule, by the filters' names. */
    static Map<String, Any> filters(Rule rule) {
        Map<String, Any> filters = new LinkedHashMap<>();
        if (rule.hasCors()) {
            filters.put(CORS, Any.pack(cors(rule.getCors())));
        }
        if (rule.hasFault()) {
            filters.put(FAULT, Any.pack(fault(rule.getFault())));
        }
        if (rule.hasRateLimit()) {
            filters.put(RATE_LIMIT, Any.pack(rateLimit(rule.getRateLimit())));
        }
        return filters;
    }

    static RequestMirrorPolicy mirror(Mirror mirror) {
        return RequestMirrorPolicy.newBuilder()
                .setCluster(mirror.getCluster())
                .setRuntimeFraction(runtime(mirror.getShare()))
                .build();
    }

    private static CorsPolicy cors(Cors cors) {
        CorsPolicy.Builder policy = CorsPolicy.newBuilder()
                .setAllowMethods(String.join(", ", cors.getMethodsList()))
                .setAllowHeaders(String.join(", ", cors.getHeadersList()))
                .setExposeHeaders(String.join(", ", cors.getExposeList()))
                .setAllowCredentials(BoolValue.of(cors.getCredentials()));
        cors.getOriginsList().forEach(origin -> policy.addAllowOriginStringMatch(origin(origin)));
        if (cors.hasMaxAge()) {
            policy.setMaxAge(Long.toString(Durations.toSeconds(cors.getMaxAge())));
        }
        return policy.build();
    }

    private static StringMatcher origin(String origin) {
        return origin.startsWith("*.")
                ? StringMatcher.newBuilder().setSuffix(origin.substring(1)).build()
                : StringMatcher.newBuilder().setExact(origin).build();
    }

    private static HTTPFault fault(Fault fault) {
        HTTPFault.Builder made = HTTPFault.newBuilder();
        fault.getHeadersList().forEach(header -> made.addHeaders(MatchTranslation.header(header)));
        if (fault.hasDelay()) {
            made.setDelay(FaultDelay.newBuilder()
                    .setFixedDelay(fault.getDelay().getTime())
                    .setPercentage(share(fault.getDelay().getShare())));
        }
        if (fault.hasAbort()) {
            made.setAbort(FaultAbort.newBuilder()
                    .setHttpStatus(fault.getAbort().getStatus())
                    .setPercentage(share(fault.getAbort().getShare())));
        }
        return made.build();
    }

    private static LocalRateLimit rateLimit(RateLimit limit) {
        Duration per = limit.hasPer() ? limit.getPer() : Durations.fromSeconds(1);
        int burst = limit.hasBurst() ? limit.getBurst().getValue() : limit.getRequests();
        return LocalRateLimit.newBuilder()
                .setStatPrefix("rate_limit")
                .setTokenBucket(TokenBucket.newBuilder()
                        .setMaxTokens(burst)
                        .setTokensPerFill(UInt32Value.of(limit.getRequests()))
                        .setFillInterval(per))
                .setFilterEnabled(runtime(""))
                .setFilterEnforced(runtime(""))
                .build();
    }

    private static RuntimeFractionalPercent runtime(String share) {
        return RuntimeFractionalPercent.newBuilder()
                .setDefaultValue(share(share))
                .build();
    }

    /** As written in a manifest; all where nothing is. */
    private static FractionalPercent share(String share) {
        double percent = share.isEmpty() ? WHOLE : HumanUnits.parsePercent(share);
        return FractionalPercent.newBuilder()
                .setNumerator((int) Math.round(percent * PARTS_OF_PERCENT))
                .setDenominator(DenominatorType.MILLION)
                .build();
    }
}
