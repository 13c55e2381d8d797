package dev.weft.sidecar.xds;

import dev.weft.proxy.filter.cors.CorsPolicy;
import dev.weft.proxy.model.FilterConfig;
import dev.weft.proxy.model.Share;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;

/** {@code CorsPolicy}. Confined to the thread of the conversion. */
final class CorsTranslation {
    private final Problems problems;
    private final MatchTranslation matches;

    CorsTranslation(Problems problems) {
        this.problems = problems;
        this.matches = new MatchTranslation(problems);
    }

    FilterConfig policy(Message policy) {
        Share enabled = Shares.runtime(policy, "filter_enabled", Share.ALL);
        if (enabled.equals(Share.NONE)) {
            return FilterConfig.OFF;
        }
        if (!enabled.equals(Share.ALL)) {
            problems.add(policy.path("filter_enabled"), "a part of the requests (expected: all or none)");
        }
        return new CorsPolicy(
                matches.texts(policy, "allow_origin_string_match"),
                policy.string("allow_methods"),
                policy.string("allow_headers"),
                policy.string("expose_headers"),
                policy.string("max_age"),
                policy.bool("allow_credentials"),
                policy.bool("allow_private_network_access"),
                policy.bool("forward_not_matching_preflights", true));
    }
}
