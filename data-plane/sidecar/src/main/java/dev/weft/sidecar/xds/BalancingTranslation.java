package dev.weft.sidecar.xds;

import dev.weft.proxy.model.Balancing;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a cluster balances: {@code load_balancing_policy}, or {@code lb_policy} with its settings. Confined to the thread of the conversion. */
final class BalancingTranslation {
    /**
     * @param byLocalityWeight whether localities share by their own weights
     */
    record Chosen(Balancing balancing, boolean byLocalityWeight) {}

    private static final String POLICIES = "envoy.extensions.load_balancing_policies.";
    private static final String KETAMA = "type.googleapis.com/weft.lb.v1.Ketama";
    private static final int DEFAULT_CHOICES = 2;
    private static final long DEFAULT_MINIMUM_RING = 1024;
    private static final long LARGEST_RING = 8L * 1024 * 1024;
    private static final long DEFAULT_MAGLEV_TABLE = 65537;

    private final Problems problems;

    BalancingTranslation(Problems problems) {
        this.problems = problems;
    }

    @Nullable
    Chosen balancing(Message cluster) {
        if (cluster.has("load_balancing_policy")) {
            return firstKnown(cluster.message("load_balancing_policy"));
        }
        Balancing balancing = legacy(cluster);
        boolean weighted = cluster.message("common_lb_config").has("locality_weighted_lb_config");
        return balancing == null ? null : new Chosen(balancing, weighted);
    }

    private @Nullable Balancing legacy(Message cluster) {
        return switch (cluster.choice("lb_policy")) {
            case "ROUND_ROBIN" -> new Balancing.RoundRobin();
            case "RANDOM" -> new Balancing.Random();
            case "LEAST_REQUEST" -> leastRequest(cluster.message("least_request_lb_config"));
            case "RING_HASH" -> {
                Message config = cluster.message("ring_hash_lb_config");
                expectXxHash(config, "XX_HASH");
                yield ring(config, false, 0);
            }
            case "MAGLEV" -> maglev(cluster.message("maglev_lb_config"));
            default -> {
                problems.add(
                        cluster.path("lb_policy"),
                        cluster.choice("lb_policy")
                                + ": not supported (expected: ROUND_ROBIN, LEAST_REQUEST, RANDOM, RING_HASH or MAGLEV)");
                yield null;
            }
        };
    }

    /** Envoy's rule: the first policy that is known is taken, so a control plane may put what few know in front. */
    private @Nullable Chosen firstKnown(Message list) {
        List<Message> policies = list.messages("policies");
        for (Message policy : policies) {
            Message config = policy.message("typed_extension_config")
                    .find("typed_config")
                    .orElse(null);
            if (config != null && isKnown(config)) {
                return known(config);
            }
        }
        problems.add(
                list.path("policies"),
                "none of " + policies.size() + " is known (expected: round_robin, least_request, random, ring_hash,"
                        + " maglev or wrr_locality of " + POLICIES + "*, or " + KETAMA + ")");
        return null;
    }

    private static boolean isKnown(Message config) {
        return switch (config.type()) {
            case "xds.type.v3.TypedStruct" -> config.string("type_url").equals(KETAMA);
            case POLICIES + "round_robin.v3.RoundRobin",
                    POLICIES + "least_request.v3.LeastRequest",
                    POLICIES + "random.v3.Random",
                    POLICIES + "ring_hash.v3.RingHash",
                    POLICIES + "maglev.v3.Maglev",
                    POLICIES + "wrr_locality.v3.WrrLocality" -> true;
            default -> false;
        };
    }

    private @Nullable Chosen known(Message config) {
        Balancing balancing = switch (config.type()) {
            case "xds.type.v3.TypedStruct" -> ketama(config);
            case POLICIES + "round_robin.v3.RoundRobin" -> new Balancing.RoundRobin();
            case POLICIES + "least_request.v3.LeastRequest" -> leastRequest(config);
            case POLICIES + "random.v3.Random" -> new Balancing.Random();
            case POLICIES + "maglev.v3.Maglev" -> maglev(config);
            case POLICIES + "ring_hash.v3.RingHash" -> ringHash(config);
            default -> null;
        };
        if (config.type().equals(POLICIES + "wrr_locality.v3.WrrLocality")) {
            Chosen inside = firstKnown(config.message("endpoint_picking_policy"));
            return inside == null ? null : new Chosen(inside.balancing(), true);
        }
        return balancing == null ? null : new Chosen(balancing, false);
    }

    private Balancing ketama(Message config) {
        Map<String, Object> settings = config.map("value");
        for (Map.Entry<String, Object> setting : settings.entrySet()) {
            if (!setting.getKey().equals("bracket_ipv6") || !(setting.getValue() instanceof Boolean)) {
                problems.add(
                        config.path("value." + setting.getKey()),
                        "not supported (expected: bracket_ipv6: true or false)");
            }
        }
        return new Balancing.Ketama(Boolean.TRUE.equals(settings.get("bracket_ipv6")));
    }

    private @Nullable Balancing ringHash(Message config) {
        expectXxHash(config, "DEFAULT_HASH");
        Message consistent = config.message("consistent_hashing_lb_config");
        boolean useHostname = config.bool("use_hostname_for_hashing") || consistent.bool("use_hostname_for_hashing");
        int factor = consistent.integer("hash_balance_factor", config.integer("hash_balance_factor", 0));
        return ring(config, useHostname, factor);
    }

    private void expectXxHash(Message config, String otherName) {
        String hash = config.choice("hash_function");
        if (!hash.equals("XX_HASH") && !hash.equals(otherName)) {
            problems.add(config.path("hash_function"), hash + ": not supported (expected: XX_HASH)");
        }
    }

    private @Nullable Balancing ring(Message config, boolean useHostname, int balanceFactor) {
        return problems.making(
                config,
                () -> new Balancing.RingHash(
                        config.number("minimum_ring_size", DEFAULT_MINIMUM_RING),
                        config.number("maximum_ring_size", LARGEST_RING),
                        useHostname,
                        balanceFactor));
    }

    private @Nullable Balancing leastRequest(Message config) {
        return problems.making(
                config, () -> new Balancing.LeastRequest(config.integer("choice_count", DEFAULT_CHOICES)));
    }

    private @Nullable Balancing maglev(Message config) {
        return problems.making(config, () -> new Balancing.Maglev(config.number("table_size", DEFAULT_MAGLEV_TABLE)));
    }
}
