package dev.weft.proxy.tls;

import dev.weft.proxy.model.TlsPolicy;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;

/** Who does the cryptography. Both keep the same rules; BoringSSL is the faster. */
public enum TlsEngine {
    /** Google's library through netty-tcnative, where there is a native build for the system. */
    BORINGSSL,
    /** The Java runtime's own. */
    JDK;

    /** TLS 1.3's suites (RFC 8446, appendix B.4), all of them. BoringSSL has its own order, by what the processor is good at. */
    private static final List<String> SUITES_OF_1_3 =
            List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

    /** BoringSSL where it can be had. The first call loads the native library, which a proxy in plain text has no use for. */
    public static TlsEngine preferred() {
        return BORINGSSL.isAvailable() ? BORINGSSL : JDK;
    }

    public boolean isAvailable() {
        return this == JDK || OpenSsl.isAvailable();
    }

    /**
     * This one.
     *
     * @throws IllegalArgumentException where it is not there; the message says why
     */
    public TlsEngine orRefuse() {
        if (!isAvailable()) {
            Throwable why = OpenSsl.unavailabilityCause();
            throw new IllegalArgumentException("tls engine: boringssl is not available on "
                    + System.getProperty("os.name") + " " + System.getProperty("os.arch")
                    + (why == null ? "" : " (" + why.getMessage() + ")") + " (expected: jdk)");
        }
        return this;
    }

    /** Makes a context that keeps to the policy. */
    SslContext build(SslContextBuilder builder, TlsPolicy policy) throws SSLException {
        builder.sslProvider(this == BORINGSSL ? SslProvider.OPENSSL : SslProvider.JDK)
                .protocols(versions(policy))
                // What an engine does not know must not be left out in silence.
                .ciphers(suites(policy), IdentityCipherSuiteFilter.INSTANCE);
        if (policy.groups().isEmpty()) {
            return builder.build();
        }
        String[] groups = policy.groups().stream().map(TlsEngine::name).toArray(String[]::new);
        return switch (this) {
            case BORINGSSL ->
                builder.option(OpenSslContextOption.GROUPS, groups).build();
            case JDK -> new GroupsOfJdk(builder.build(), groups);
        };
    }

    private static List<String> versions(TlsPolicy policy) {
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

    private static List<String> suites(TlsPolicy policy) {
        List<String> suites = new ArrayList<>();
        if (policy.maximum() == TlsPolicy.Version.TLS_1_3) {
            suites.addAll(SUITES_OF_1_3);
        }
        if (policy.minimum() == TlsPolicy.Version.TLS_1_2) {
            policy.suites().forEach(suite -> suites.add(name(suite)));
        }
        return suites;
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
