package dev.weft.proxy.tls;

import dev.weft.proxy.model.ServerTls;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * How a listener terminates TLS: one context per certificate, chosen by the name that the client asks for.
 *
 * <p>Immutable and thread-safe. New certificates make a new one; connections made with the old go on.
 */
public final class ServerTlsContext {
    private static final int DNS_NAME = 2;

    private final ServerTls config;
    private final SslContext fallback;

    /** By exact DNS name, or {@code *.suffix} for a wildcard certificate. */
    private final Map<String, SslContext> byName;

    private ServerTlsContext(ServerTls config, SslContext fallback, Map<String, SslContext> byName) {
        this.config = config;
        this.fallback = fallback;
        this.byName = Map.copyOf(byName);
    }

    /**
     * @throws IllegalArgumentException where a certificate, key or authority cannot be read; the message says which
     */
    public static ServerTlsContext of(ServerTls tls, TlsEngine engine) {
        List<SslContext> contexts = new ArrayList<>();
        Map<String, SslContext> byName = new HashMap<>();
        for (int i = 0; i < tls.certificates().size(); i++) {
            ServerTls.Certificate certificate = tls.certificates().get(i);
            try {
                OwnCertificate own = OwnCertificate.read(certificate);
                SslContext context = context(tls, own, engine);
                contexts.add(context);
                for (String name : namesOf(own.chain().getFirst())) {
                    byName.putIfAbsent(name, context);
                }
            } catch (SSLException | CertificateParsingException | IllegalArgumentException e) {
                throw new IllegalArgumentException("tls_certificates[%d]: %s".formatted(i, e.getMessage()), e);
            }
        }
        return new ServerTlsContext(tls, contexts.getFirst(), byName);
    }

    /**
     * Reads a certificate as {@link #of} would.
     *
     * @throws IllegalArgumentException where chain or key cannot be read, or are not of one pair; the message begins with the field
     */
    public static void check(ServerTls.Certificate certificate) {
        var _ = OwnCertificate.read(certificate);
    }

    private static SslContext context(ServerTls tls, OwnCertificate own, TlsEngine engine) throws SSLException {
        SslContextBuilder builder = SslContextBuilder.forServer(own.key(), own.chain());
        if (!tls.alpn().isEmpty()) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    tls.alpn()));
        }
        tls.clients()
                .ifPresent(clients -> builder.clientAuth(clients.required() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL)
                        .trustManager(PeerTrust.of(clients.certificate())));
        return engine.build(builder, tls.policy());
    }

    /**
     * A handler for one connection: waits for the client's hello, then goes on with the right certificate.
     *
     * @param timeout for the hello, and then for the rest of the handshake: a client that says nothing must not stay
     */
    public ChannelHandler newHandler(Duration timeout) {
        return new SniHandler(this::contextFor, timeout.toMillis());
    }

    /**
     * Whether the clients that {@code before} let in may stay: the same is asked of them, and no authority is gone that may have let
     * them in. Revocation lists are not compared: they are renewed every few hours, mostly without a word about those.
     */
    public boolean keepsClientsOf(ServerTlsContext before) {
        if (!config.policy().equals(before.config.policy())) {
            return false;
        }
        if (config.clients().isEmpty() || before.config.clients().isEmpty()) {
            return config.clients().equals(before.config.clients());
        }
        ServerTls.Clients now = config.clients().get();
        ServerTls.Clients then = before.config.clients().get();
        return now.required() == then.required()
                && now.certificate().names().equals(then.certificate().names())
                && now.certificate()
                        .certificateHashes()
                        .equals(then.certificate().certificateHashes())
                && now.certificate().keyHashes().equals(then.certificate().keyHashes())
                && authorities(now).containsAll(authorities(then))
                && authorities(now).isEmpty() == authorities(then).isEmpty();
    }

    private static Set<X509Certificate> authorities(ServerTls.Clients clients) {
        return clients.certificate()
                .authorities()
                .map(pem -> Set.copyOf(Authorities.read(pem)))
                .orElse(Set.of());
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

    private static List<String> namesOf(X509Certificate leaf) throws CertificateParsingException {
        List<String> names = new ArrayList<>();
        if (leaf.getSubjectAlternativeNames() != null) {
            for (List<?> name : leaf.getSubjectAlternativeNames()) {
                if (name.get(0).equals(DNS_NAME) && name.get(1) instanceof String dns) {
                    names.add(dns.toLowerCase(Locale.ROOT));
                }
            }
        }
        return names;
    }
}
