package dev.weft.sidecar.ads;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.tls.OwnCertificate;
import dev.weft.proxy.tls.PeerTrust;
import dev.weft.proxy.tls.PolicyNames;
import dev.weft.proxy.tls.TlsEngine;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.DelegatingSslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.grpc.netty.shaded.io.netty.handler.ssl.OpenSsl;
import io.grpc.netty.shaded.io.netty.handler.ssl.OpenSslContextOption;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS of a connection to a control plane, by the same rules as towards endpoints, with one difference: where neither names nor pins
 * say who a control plane is, its certificate must hold the name by which it is called. Stateless.
 */
final class ControlPlaneTls {
    private ControlPlaneTls() {}

    /**
     * @param engine in place of the best that there is
     * @throws IllegalArgumentException where a PEM cannot be read, or the engine is not there
     */
    static SslContext context(ClientTls tls, Optional<TlsEngine> engine) {
        TlsEngine chosen = engine.orElseGet(() -> OpenSsl.isAvailable() ? TlsEngine.BORINGSSL : TlsEngine.JDK);
        SslContextBuilder builder = GrpcSslContexts.configure(
                SslContextBuilder.forClient(), chosen == TlsEngine.JDK ? SslProvider.JDK : SslProvider.OPENSSL);
        builder.protocols(PolicyNames.versions(tls.policy()))
                .ciphers(PolicyNames.suites(tls.policy()), IdentityCipherSuiteFilter.INSTANCE);
        tls.peer().ifPresent(asked -> builder.trustManager(trust(asked)));
        tls.certificate().map(OwnCertificate::read).ifPresent(own -> builder.keyManager(own.key(), own.chain()));
        String[] groups = PolicyNames.groups(tls.policy()).toArray(String[]::new);
        try {
            if (groups.length == 0) {
                return builder.build();
            }
            return switch (chosen) {
                case BORINGSSL ->
                    builder.option(OpenSslContextOption.GROUPS, groups).build();
                case JDK -> new WithGroups(builder.build(), groups);
            };
        } catch (SSLException e) {
            throw new IllegalArgumentException("TLS to the control plane: " + e.getMessage(), e);
        }
    }

    private static X509ExtendedTrustManager trust(PeerValidation asked) {
        PeerTrust trust = PeerTrust.of(asked);
        return asked.names().isEmpty() && !asked.isPinned() ? trust : new NotByAddress(trust);
    }

    /** gRPC has each connection checked against its authority; a name that is asked for, or a pin, says more. */
    private static final class NotByAddress extends X509ExtendedTrustManager {
        private final PeerTrust trust;

        NotByAddress(PeerTrust trust) {
            this.trust = trust;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            trust.checkServerTrusted(chain, authType);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            trust.checkServerTrusted(chain, authType);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            trust.checkServerTrusted(chain, authType);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("we are the client");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException {
            throw new CertificateException("we are the client");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            throw new CertificateException("we are the client");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return trust.getAcceptedIssuers();
        }
    }

    /** The JDK takes groups per engine. */
    private static final class WithGroups extends DelegatingSslContext {
        private final List<String> groups;

        WithGroups(SslContext context, String[] groups) {
            super(context);
            this.groups = List.of(groups);
        }

        @Override
        protected void initEngine(SSLEngine engine) {
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setNamedGroups(groups.toArray(String[]::new));
            engine.setSSLParameters(parameters);
        }
    }
}
