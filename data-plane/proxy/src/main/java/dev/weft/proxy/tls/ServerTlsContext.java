package dev.weft.proxy.tls;

import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.model.TlsPolicy;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.Future;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * How a listener terminates TLS: one context per certificate, chosen by the name that the client asks for and by whether it can check an
 * elliptic one, which is the cheaper to sign with.
 *
 * <p>Immutable and thread-safe. New certificates make a new one; connections made with the old go on.
 */
public final class ServerTlsContext {
    private static final int DNS_NAME = 2;

    private final ServerTls config;
    private final List<X509Certificate> certificates;
    private final Served fallback;

    /** By exact DNS name, or {@code *.suffix} for a wildcard certificate. */
    private final Map<String, Served> byName;

    /** What is served by one certificate. */
    record Own(SslContext context, X509Certificate certificate, Set<String> names) {
        boolean isElliptic() {
            return certificate.getPublicKey().getAlgorithm().equals("EC");
        }
    }

    /**
     * What is served under one name.
     *
     * @param first of those that were configured
     * @param other the first whose key is of the other kind, where there is one
     */
    record Served(Own first, @Nullable Own other) {
        static Served of(List<Own> candidates) {
            Own first = candidates.getFirst();
            return new Served(
                    first,
                    candidates.stream()
                            .filter(own -> own.isElliptic() != first.isElliptic())
                            .findFirst()
                            .orElse(null));
        }

        /** @param hello null where there is none to look into */
        Own to(@Nullable ByteBuf hello, boolean speaks13) {
            Own second = other;
            if (second == null || hello == null) {
                return first;
            }
            Own elliptic = first.isElliptic() ? first : second;
            Own usual = first.isElliptic() ? second : first;
            return EllipticOffer.isIn(hello, elliptic.certificate, speaks13) ? elliptic : usual;
        }
    }

    private ServerTlsContext(ServerTls config, List<Own> all, Served fallback, Map<String, Served> byName) {
        this.config = config;
        this.certificates = all.stream().map(Own::certificate).toList();
        this.fallback = fallback;
        this.byName = Map.copyOf(byName);
    }

    /**
     * @throws IllegalArgumentException where a certificate, key or authority cannot be read; the message says which
     */
    public static ServerTlsContext of(ServerTls tls, TlsEngine engine) {
        List<Own> all = new ArrayList<>();
        Map<String, List<Own>> byName = new HashMap<>();
        for (int i = 0; i < tls.certificates().size(); i++) {
            ServerTls.Certificate certificate = tls.certificates().get(i);
            try {
                OwnCertificate own = OwnCertificate.read(certificate);
                X509Certificate leaf = own.chain().getFirst();
                Own served = new Own(context(tls, own, engine), leaf, namesOf(leaf));
                all.add(served);
                served.names.forEach(name ->
                        byName.computeIfAbsent(name, n -> new ArrayList<>()).add(served));
            } catch (SSLException | CertificateParsingException | IllegalArgumentException e) {
                throw new IllegalArgumentException("tls_certificates[%d]: %s".formatted(i, e.getMessage()), e);
            }
        }
        List<Own> ofFirst = all.stream()
                .filter(own -> own.names.equals(all.getFirst().names))
                .toList();
        Map<String, Served> served = new HashMap<>();
        byName.forEach((name, candidates) -> served.put(name, Served.of(candidates)));
        return new ServerTlsContext(tls, all, Served.of(ofFirst), served);
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
                .ifPresentOrElse(
                        clients -> builder.clientAuth(clients.required() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL)
                                .trustManager(PeerTrust.of(clients.certificate())),
                        () -> builder.clientAuth(ClientAuth.NONE).trustManager(new TrustNobody()));
        return engine.build(builder, tls.policy());
    }

    /**
     * A handler for one connection: waits for the client's hello, then goes on with the right certificate.
     *
     * @param timeout for the hello, and then for the rest of the handshake: a client that says nothing must not stay
     * @param chosen told which certificate is shown
     */
    public ChannelHandler newHandler(Duration timeout, Consumer<X509Certificate> chosen) {
        return new Choosing(timeout, chosen);
    }

    /** Looks into the hello of one connection. Confined to its event loop. */
    private final class Choosing extends SniHandler {
        private final Consumer<X509Certificate> chosen;
        private @Nullable ByteBuf hello;

        Choosing(Duration timeout, Consumer<X509Certificate> chosen) {
            super(name -> fallback.first.context, timeout.toMillis());
            this.chosen = chosen;
        }

        @Override
        protected Future<SslContext> lookup(ChannelHandlerContext context, @Nullable ByteBuf clientHello)
                throws Exception {
            hello = clientHello;
            try {
                return super.lookup(context, clientHello);
            } finally {
                hello = null;
            }
        }

        @Override
        protected Future<SslContext> lookup(ChannelHandlerContext context, @Nullable String serverName) {
            Own own = servedTo(serverName).to(hello, config.policy().maximum() == TlsPolicy.Version.TLS_1_3);
            chosen.accept(own.certificate);
            return context.executor().newSucceededFuture(own.context);
        }
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

    /** Those that clients are shown. */
    public List<X509Certificate> certificates() {
        return certificates;
    }

    private static Set<X509Certificate> authorities(ServerTls.Clients clients) {
        return clients.certificate()
                .authorities()
                .map(pem -> Set.copyOf(Authorities.read(pem)))
                .orElse(Set.of());
    }

    /** For a name that a client asked for, or for none. */
    private Served servedTo(@Nullable String serverName) {
        if (serverName == null || byName.isEmpty()) {
            return fallback;
        }
        String name = serverName.toLowerCase(Locale.ROOT);
        Served exact = byName.get(name);
        if (exact != null) {
            return exact;
        }
        // A wildcard stands for exactly one label (RFC 6125, section 6.4.3).
        int dot = name.indexOf('.');
        Served wildcard = dot < 0 ? null : byName.get("*" + name.substring(dot));
        return wildcard != null ? wildcard : fallback;
    }

    private static Set<String> namesOf(X509Certificate leaf) throws CertificateParsingException {
        Set<String> names = new HashSet<>();
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
