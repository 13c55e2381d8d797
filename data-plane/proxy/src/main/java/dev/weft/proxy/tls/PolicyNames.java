package dev.weft.proxy.tls;

import dev.weft.proxy.model.TlsPolicy;
import java.util.ArrayList;
import java.util.List;

/** A policy in the names that both engines know. Stateless. */
public final class PolicyNames {
    /** TLS 1.3's suites (RFC 8446, appendix B.4), all of them. BoringSSL has its own order, by what the processor is good at. */
    private static final List<String> SUITES_OF_1_3 =
            List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

    private PolicyNames() {}

    /** The newest first. */
    public static List<String> versions(TlsPolicy policy) {
        List<String> versions = new ArrayList<>();
        for (TlsPolicy.Version version : TlsPolicy.Version.values()) {
            if (version.compareTo(policy.minimum()) >= 0 && version.compareTo(policy.maximum()) <= 0) {
                versions.addFirst(
                        switch (version) {
                            case TLS_1_2 -> "TLSv1.2";
                            case TLS_1_3 -> "TLSv1.3";
                        });
            }
        }
        return versions;
    }

    /** The preferred first, as far as an engine lets one prefer. */
    public static List<String> suites(TlsPolicy policy) {
        List<String> suites = new ArrayList<>();
        if (policy.maximum() == TlsPolicy.Version.TLS_1_3) {
            suites.addAll(SUITES_OF_1_3);
        }
        if (policy.minimum() == TlsPolicy.Version.TLS_1_2) {
            policy.suites().forEach(suite -> suites.add(name(suite)));
        }
        return suites;
    }

    /** The preferred first; empty for the engine's own. */
    public static List<String> groups(TlsPolicy policy) {
        return policy.groups().stream().map(PolicyNames::name).toList();
    }

    private static String name(TlsPolicy.Suite suite) {
        return switch (suite) {
            case ECDHE_ECDSA_AES128_GCM -> "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
            case ECDHE_RSA_AES128_GCM -> "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
            case ECDHE_ECDSA_AES256_GCM -> "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
            case ECDHE_RSA_AES256_GCM -> "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384";
            case ECDHE_ECDSA_CHACHA20 -> "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256";
            case ECDHE_RSA_CHACHA20 -> "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256";
        };
    }

    private static String name(TlsPolicy.Group group) {
        return switch (group) {
            case X25519 -> "x25519";
            case P256 -> "secp256r1";
            case P384 -> "secp384r1";
            case P521 -> "secp521r1";
        };
    }
}
