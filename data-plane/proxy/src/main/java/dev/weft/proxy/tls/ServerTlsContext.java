package dev.weft.proxy.tls;

import dev.weft.proxy.model.ServerTls;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * How a listener terminates TLS: one context per certificate, chosen by the name that the client asks for.
 *
 * <p>Immutable and thread-safe. New certificates make a new one; connections made with the old go on.
 */
public final class ServerTlsContext {
    private static final int DNS_NAME = 2;

    private final SslContext fallback;

    /** By exact DNS name, or {@code *.suffix} for a wildcard certificate. */
    private final Map<String, SslContext> byName;

    private ServerTlsContext(SslContext fallback, Map<String, SslContext> byName) {
        this.fallback = fallback;
        this.byName = Map.copyOf(byName);
    }

    /** With BoringSSL where its natives load, else with the JDK's engine. */
    public static ServerTlsContext of(ServerTls tls) {
        return of(tls, OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK);
    }

    /**
     * @throws IllegalArgumentException where a certificate, key or authority cannot be read; the message says which
     */
    static ServerTlsContext of(ServerTls tls, SslProvider provider) {
        List<SslContext> contexts = new ArrayList<>();
        Map<String, SslContext> byName = new HashMap<>();
        for (int i = 0; i < tls.certificates().size(); i++) {
            ServerTls.Certificate certificate = tls.certificates().get(i);
            try {
                SslContext context = context(tls, certificate, provider);
                contexts.add(context);
                for (String name : namesOf(certificate)) {
                    byName.putIfAbsent(name, context);
                }
            } catch (SSLException | CertificateException | IllegalArgumentException e) {
                throw new IllegalArgumentException("tls_certificates[%d]: %s".formatted(i, e.getMessage()), e);
            }
        }
        return new ServerTlsContext(contexts.getFirst(), byName);
    }

    private static SslContext context(ServerTls tls, ServerTls.Certificate certificate, SslProvider provider)
            throws SSLException {
        SslContextBuilder builder = SslContextBuilder.forServer(
                        stream(certificate.chainPem()), stream(certificate.keyPem()))
                .sslProvider(provider)
                .protocols("TLSv1.3", "TLSv1.2")
                .ciphers(ClientTlsContexts.CIPHERS, SupportedCipherSuiteFilter.INSTANCE);
        if (!tls.alpn().isEmpty()) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    tls.alpn()));
        }
        if (tls.clientAuthorities().isPresent()) {
            builder.clientAuth(ClientAuth.REQUIRE)
                    .trustManager(stream(tls.clientAuthorities().get()));
        }
        return builder.build();
    }

    /** A handler for one connection: waits for the client's hello, then goes on with the right certificate. */
    public ChannelHandler newHandler() {
        return new SniHandler(this::contextFor);
    }

    /** The context for a name that a client asked for, or for none. */
    SslContext contextFor(@Nullable String serverName) {
        if (serverName == null || byName.isEmpty()) {
            return fallback;
        }
        String name = serverName.toLowerCase(Locale.ROOT);
        SslContext exact = byName.get(name);
        if (exact != null) {
            return exact;
        }
        // A wildcard stands for exactly one label (RFC 6125, section 6.4.3).
        int dot = name.indexOf('.');
        SslContext wildcard = dot < 0 ? null : byName.get("*" + name.substring(dot));
        return wildcard != null ? wildcard : fallback;
    }

    private static List<String> namesOf(ServerTls.Certificate certificate)
            throws CertificateException, CertificateParsingException {
        List<String> names = new ArrayList<>();
        Collection<? extends java.security.cert.Certificate> chain =
                CertificateFactory.getInstance("X.509").generateCertificates(stream(certificate.chainPem()));
        if (chain.iterator().next() instanceof X509Certificate leaf && leaf.getSubjectAlternativeNames() != null) {
            for (List<?> name : leaf.getSubjectAlternativeNames()) {
                if (name.get(0).equals(DNS_NAME) && name.get(1) instanceof String dns) {
                    names.add(dns.toLowerCase(Locale.ROOT));
                }
            }
        }
        return names;
    }

    private static InputStream stream(String pem) {
        return new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
    }
}
