package dev.weft.sidecar.xds;

import dev.weft.proxy.filter.ratelimit.Limit;
import dev.weft.proxy.filter.ratelimit.RateLimitPolicy;
import dev.weft.proxy.filter.ratelimit.RateLimitPolicy.Descriptor;
import dev.weft.proxy.filter.ratelimit.RateLimitPolicy.EntryMatch;
import dev.weft.proxy.filter.ratelimit.RateLimitPolicy.KeyPart;
import dev.weft.proxy.model.FilterConfig;
import dev.weft.proxy.model.Share;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code LocalRateLimit}. Confined to the thread of the conversion. */
final class RateLimitTranslation {
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int FIRST_ERROR = 400;
    private static final int DEFAULT_MAX_KEYS = 20;

    private final Problems problems;

    RateLimitTranslation(Problems problems) {
        this.problems = problems;
    }

    /** As Envoy does, nothing is limited where the shares are not given. */
    FilterConfig policy(Message policy) {
        Share enabled = Shares.runtime(policy, "filter_enabled", Share.NONE);
        Share enforced = Shares.runtime(policy, "filter_enforced", Share.NONE);
        RateLimitPolicy made = new RateLimitPolicy(
                policy.find("token_bucket").map(this::limit),
                policy.messages("rate_limits").stream().map(this::keys).toList(),
                policy.messages("descriptors").stream()
                        .map(this::descriptor)
                        .flatMap(Optional::stream)
                        .toList(),
                policy.integer("max_dynamic_descriptors", DEFAULT_MAX_KEYS),
                policy.bool("always_consume_default_token_bucket", true),
                Share.of((long) enabled.millionths() * enforced.millionths(), 1_000_000_000_000L),
                status(policy.message("status")),
                policy.bool("rate_limited_as_resource_exhausted"),
                policy.choice("enable_x_ratelimit_headers").equals("DRAFT_VERSION_03"));
        return made.enforced().equals(Share.NONE) ? FilterConfig.OFF : made;
    }

    private static int status(Message status) {
        int code = status.choiceNumber("code");
        return code < FIRST_ERROR ? TOO_MANY_REQUESTS : code;
    }

    private @Nullable Limit limit(Message bucket) {
        return problems.making(
                bucket,
                () -> new Limit(
                        bucket.integer("max_tokens", 0),
                        bucket.integer("tokens_per_fill", 1),
                        bucket.duration("fill_interval").orElse(Duration.ZERO)));
    }

    private Optional<Descriptor> descriptor(Message descriptor) {
        List<EntryMatch> entries = new ArrayList<>();
        for (Message entry : descriptor.messages("entries")) {
            if (entry.string("key").isEmpty()) {
                problems.add(entry.path("key"), "empty (expected: the key of an action)");
            }
            entries.add(new EntryMatch(entry.string("key"), entry.string("value")));
        }
        if (entries.isEmpty()) {
            problems.add(descriptor.path("entries"), "none (expected: at least one)");
        }
        Limit limit = limit(descriptor.message("token_bucket"));
        return limit == null ? Optional.empty() : Optional.of(new Descriptor(entries, limit));
    }

    private List<KeyPart> keys(Message limit) {
        List<KeyPart> keys = new ArrayList<>();
        for (Message action : limit.messages("actions")) {
            KeyPart key = key(action);
            if (key != null) {
                keys.add(key);
            }
        }
        if (limit.messages("actions").isEmpty()) {
            problems.add(limit.path("actions"), "none (expected: at least one)");
        }
        return keys;
    }

    private @Nullable KeyPart key(Message action) {
        if (action.has("request_headers")) {
            Message header = action.message("request_headers");
            return new KeyPart.Header(header.string("descriptor_key"), header.string("header_name"));
        }
        if (action.has("remote_address")) {
            return new KeyPart.Address("remote_address");
        }
        if (action.has("generic_key")) {
            Message constant = action.message("generic_key");
            String name = constant.string("descriptor_key");
            return new KeyPart.Constant(name.isEmpty() ? "generic_key" : name, constant.string("descriptor_value"));
        }
        problems.add(action.path(), "empty (expected: request_headers, remote_address or generic_key)");
        return null;
    }
}
