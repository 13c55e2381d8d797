package dev.weft.proxy.tls;

import dev.weft.proxy.model.TlsPolicy;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProtocols;
import io.netty.handler.ssl.SslProvider;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** Who does the cryptography. Both keep the same rules; BoringSSL is the faster. */
public enum TlsEngine {
    /** Google's library through netty-tcnative, where there is a native build for the system. */
    BORINGSSL,
    /** The Java runtime's own. */
    JDK;

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

    /**
     * Whether close_notify of the peer leaves our direction open (RFC 8446, section 6.1). Before TLS 1.3 it ends both (RFC 5246, section
     * 7.2.1), and so it does in Netty's engine over BoringSSL, which then encrypts nothing more.
     */
    public static boolean canHalfClose(SSLEngine engine) {
        return !(engine instanceof ReferenceCountedOpenSslEngine)
                && engine.getSession().getProtocol().equals(SslProtocols.TLS_v1_3);
    }

    /**
     * To be called after a handshake: a peer must not make us do it again for nothing (CVE-2011-1473; RFC 9325, section 3.5). BoringSSL
     * refuses by itself and TLS 1.3 knows no such thing; Java has a switch for the whole virtual machine, and engines that find no suite
     * to negotiate.
     */
    public static void refuseRenegotiation(SSLEngine engine) {
        if (!(engine instanceof ReferenceCountedOpenSslEngine)
                && !engine.getSession().getProtocol().equals(SslProtocols.TLS_v1_3)) {
            engine.setEnabledCipherSuites(new String[0]);
        }
    }

    /** Makes a context that keeps to the policy. */
    SslContext build(SslContextBuilder builder, TlsPolicy policy) throws SSLException {
        builder.sslProvider(this == BORINGSSL ? SslProvider.OPENSSL : SslProvider.JDK)
                .protocols(PolicyNames.versions(policy))
                // What an engine does not know must not be left out in silence.
                .ciphers(PolicyNames.suites(policy), IdentityCipherSuiteFilter.INSTANCE)
                // A key on its way to the engine passes through a store. That of the default type encrypts it with
                // 10,000 rounds of a hash, which is 130 ms of a start.
                .keyStoreType("JKS");
        if (policy.groups().isEmpty()) {
            return builder.build();
        }
        String[] groups = PolicyNames.groups(policy).toArray(String[]::new);
        return switch (this) {
            case BORINGSSL ->
                builder.option(OpenSslContextOption.GROUPS, groups).build();
            case JDK -> new GroupsOfJdk(builder.build(), groups);
        };
    }
}
