package dev.weft.proxy.model;

import java.util.List;

/**
 * Which TLS is spoken. What is not modern cannot be said: no version before 1.2, and in 1.2 only ECDHE with an AEAD (RFC 9325; the
 * suites that RFC 9113, section 9.2.2 leaves to HTTP/2).
 *
 * @param minimum the oldest version
 * @param maximum the newest version
 * @param suites of TLS 1.2, the preferred first; those of 1.3 are all on, as no one of them is weaker than another
 * @param groups for the key exchange, the preferred first; empty for the engine's own
 */
public record TlsPolicy(Version minimum, Version maximum, List<Suite> suites, List<Group> groups) {
    /** TLS 1.3, and 1.2 with ECDHE and an AEAD. */
    public static final TlsPolicy DEFAULT =
            new TlsPolicy(Version.TLS_1_2, Version.TLS_1_3, List.of(Suite.values()), List.of());

    /** Versions of the protocol, the oldest first. */
    public enum Version {
        TLS_1_2,
        TLS_1_3
    }

    /** Cipher suites of TLS 1.2, the preferred first. */
    public enum Suite {
        ECDHE_ECDSA_AES128_GCM,
        ECDHE_RSA_AES128_GCM,
        ECDHE_ECDSA_AES256_GCM,
        ECDHE_RSA_AES256_GCM,
        ECDHE_ECDSA_CHACHA20,
        ECDHE_RSA_CHACHA20
    }

    /** Groups for the key exchange. */
    public enum Group {
        X25519,
        P256,
        P384,
        P521
    }

    public TlsPolicy {
        suites = List.copyOf(suites);
        groups = List.copyOf(groups);
        if (minimum.compareTo(maximum) > 0) {
            throw new IllegalArgumentException(
                    "tls versions: " + minimum + " to " + maximum + " (expected: the minimum first)");
        }
        if (suites.isEmpty() && minimum == Version.TLS_1_2) {
            throw new IllegalArgumentException("cipher suites: none (expected: at least one for TLS 1.2)");
        }
    }
}
