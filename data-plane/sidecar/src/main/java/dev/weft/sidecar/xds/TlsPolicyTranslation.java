package dev.weft.sidecar.xds;

import dev.weft.proxy.model.TlsPolicy;
import dev.weft.proxy.model.TlsPolicy.Group;
import dev.weft.proxy.model.TlsPolicy.Suite;
import dev.weft.proxy.model.TlsPolicy.Version;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code TlsParameters}. Confined to the thread of the conversion. */
final class TlsPolicyTranslation {
    /**
     * A cipher suite.
     *
     * @param name OpenSSL's, which Envoy's documentation uses
     * @param iana the standard's, which BoringSSL takes too
     */
    private record Named(String name, String iana, Suite suite) {}

    private static final List<Named> SUITES = List.of(
            new Named(
                    "ECDHE-ECDSA-AES128-GCM-SHA256",
                    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                    Suite.ECDHE_ECDSA_AES128_GCM),
            new Named(
                    "ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", Suite.ECDHE_RSA_AES128_GCM),
            new Named(
                    "ECDHE-ECDSA-AES256-GCM-SHA384",
                    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                    Suite.ECDHE_ECDSA_AES256_GCM),
            new Named(
                    "ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", Suite.ECDHE_RSA_AES256_GCM),
            new Named(
                    "ECDHE-ECDSA-CHACHA20-POLY1305",
                    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                    Suite.ECDHE_ECDSA_CHACHA20),
            new Named(
                    "ECDHE-RSA-CHACHA20-POLY1305",
                    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
                    Suite.ECDHE_RSA_CHACHA20));

    private final Problems problems;

    TlsPolicyTranslation(Problems problems) {
        this.problems = problems;
    }

    TlsPolicy policy(Message params) {
        Version minimum = version(params, "tls_minimum_protocol_version", TlsPolicy.DEFAULT.minimum());
        Version maximum = version(params, "tls_maximum_protocol_version", TlsPolicy.DEFAULT.maximum());
        if (minimum.compareTo(maximum) > 0) {
            problems.add(
                    params.path("tls_maximum_protocol_version"),
                    params.choice("tls_maximum_protocol_version") + " (expected: not older than the minimum)");
            maximum = minimum;
        }
        List<Suite> suites = suites(params);
        return new TlsPolicy(minimum, maximum, suites.isEmpty() ? TlsPolicy.DEFAULT.suites() : suites, groups(params));
    }

    private Version version(Message params, String field, Version automatic) {
        String name = params.choice(field);
        return switch (name) {
            case "TLS_AUTO" -> automatic;
            case "TLSv1_2" -> Version.TLS_1_2;
            case "TLSv1_3" -> Version.TLS_1_3;
            default -> {
                problems.add(params.path(field), name + " (expected: TLSv1_2 or TLSv1_3)");
                yield automatic;
            }
        };
    }

    /** BoringSSL lets the client choose within {@code [A|B]}; here the first of such a group is preferred. */
    private List<Suite> suites(Message params) {
        List<Suite> suites = new ArrayList<>();
        List<String> written = params.strings("cipher_suites");
        for (int i = 0; i < written.size(); i++) {
            String entry = written.get(i);
            boolean grouped = entry.startsWith("[") && entry.endsWith("]");
            String names = grouped ? entry.substring(1, entry.length() - 1) : entry;
            for (String name : grouped ? names.split("\\|", -1) : new String[] {names}) {
                Suite suite = suite(name);
                if (suite == null) {
                    problems.add(
                            params.path("cipher_suites[" + i + "]"),
                            Sources.quoted(name) + " (expected: one of "
                                    + SUITES.stream().map(Named::name).collect(Collectors.joining(", ")) + ")");
                } else if (!suites.contains(suite)) {
                    suites.add(suite);
                }
            }
        }
        return suites;
    }

    private static @Nullable Suite suite(String name) {
        return SUITES.stream()
                .filter(known -> known.name.equals(name) || known.iana.equals(name))
                .map(Named::suite)
                .findFirst()
                .orElse(null);
    }

    private List<Group> groups(Message params) {
        List<Group> groups = new ArrayList<>();
        List<String> written = params.strings("ecdh_curves");
        for (int i = 0; i < written.size(); i++) {
            Group group = group(written.get(i));
            if (group == null) {
                problems.add(
                        params.path("ecdh_curves[" + i + "]"),
                        Sources.quoted(written.get(i)) + " (expected: one of X25519, P-256, P-384, P-521)");
            } else if (!groups.contains(group)) {
                groups.add(group);
            }
        }
        return groups;
    }

    private static @Nullable Group group(String name) {
        return switch (name) {
            case "X25519" -> Group.X25519;
            case "P-256" -> Group.P256;
            case "P-384" -> Group.P384;
            case "P-521" -> Group.P521;
            default -> null;
        };
    }
}
