package dev.weft.proxy.tls;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ServerTls;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;

/**
 * TLS contexts towards upstreams, made once per configuration: parsing keys and certificates takes milliseconds.
 *
 * <p>Thread-safe.
 */
public final class ClientTlsContexts {
    private static final List<String> HTTP1_ONLY = List.of(ApplicationProtocolNames.HTTP_1_1);
    private static final List<String> HTTP2_ONLY = List.of(ApplicationProtocolNames.HTTP_2);
    private static final List<String> BOTH =
            List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1);

    private record Key(ClientTls tls, List<String> alpn) {}

    private record Made(SslContext context, Optional<X509Certificate> own) {}

    private final Supplier<TlsEngine> engine;
    private final ConcurrentHashMap<Key, Made> contexts = new ConcurrentHashMap<>();

    /** @param engine asked when the first context is made */
    public ClientTlsContexts(Supplier<TlsEngine> engine) {
        this.engine = engine;
    }

    /**
     * The context for {@code tls}, offering {@code alpn}, or nothing where that is empty; made where this is the first that asks.
     *
     * @throws IllegalArgumentException where a PEM cannot be read; the message says which
     */
    public SslContext get(ClientTls tls, List<String> alpn) {
        return contexts.computeIfAbsent(new Key(tls, List.copyOf(alpn)), this::make).context;
    }

    /** The context for connections to {@code cluster}, whose {@code tls} it is; where that names no ALPN, the cluster's protocol does. */
    public SslContext of(ClusterConfig cluster, ClientTls tls) {
        return get(tls, alpn(cluster, tls));
    }

    private static List<String> alpn(ClusterConfig cluster, ClientTls tls) {
        return tls.alpn().isEmpty() ? offered(cluster.protocol()) : tls.alpn();
    }

    /** The certificate that {@code cluster} is shown, where there is one and its context was made. */
    public Optional<X509Certificate> certificate(ClusterConfig cluster) {
        return cluster.tls()
                .map(tls -> contexts.get(new Key(tls, List.copyOf(alpn(cluster, tls)))))
                .flatMap(Made::own);
    }

    private static List<String> offered(ClusterConfig.UpstreamProtocol protocol) {
        return switch (protocol) {
            case HTTP1 -> HTTP1_ONLY;
            case HTTP2 -> HTTP2_ONLY;
            case AUTO -> BOTH;
        };
    }

    /**
     * Makes the contexts of these clusters, so that no event loop has to.
     *
     * @throws IllegalArgumentException where a PEM cannot be read; the message names the cluster
     */
    public void prepare(Collection<ClusterConfig> clusters) {
        for (ClusterConfig cluster : clusters) {
            try {
                cluster.tls().ifPresent(tls -> of(cluster, tls));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("cluster " + cluster.name() + ": " + e.getMessage(), e);
            }
        }
    }

    /** Forgets contexts of configurations that are gone. Connections made with them live on. */
    public void retainOnly(Collection<ClusterConfig> clusters) {
        Set<ClientTls> used =
                clusters.stream().flatMap(cluster -> cluster.tls().stream()).collect(Collectors.toSet());
        contexts.keySet().removeIf(key -> !used.contains(key.tls));
    }

    private Made make(Key key) {
        ClientTls tls = key.tls;
        // Names are checked against the configured ones,
        // which need not be the name in SNI: workload identities are URIs.
        SslContextBuilder builder = SslContextBuilder.forClient().endpointIdentificationAlgorithm(null);
        if (!key.alpn.isEmpty()) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    key.alpn));
        }
        if (tls.peer().isPresent()) {
            builder.trustManager(PeerTrust.of(tls.peer().get()));
        } else {
            builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
        }
        Optional<OwnCertificate> own = tls.certificate().map(ClientTlsContexts::read);
        own.ifPresent(certificate -> builder.keyManager(certificate.key(), certificate.chain()));
        try {
            return new Made(
                    engine.get().build(builder, tls.policy()),
                    own.map(certificate -> certificate.chain().getFirst()));
        } catch (SSLException e) {
            throw new IllegalArgumentException("tls: " + e.getMessage(), e);
        }
    }

    private static OwnCertificate read(ServerTls.Certificate certificate) {
        try {
            return OwnCertificate.read(certificate);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("tls certificate: " + e.getMessage(), e);
        }
    }
}
