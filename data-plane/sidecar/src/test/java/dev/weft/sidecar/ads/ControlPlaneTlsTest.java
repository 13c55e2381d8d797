package dev.weft.sidecar.ads;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.model.TlsPolicy;
import dev.weft.proxy.tls.TlsEngine;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Who is taken for a control plane, and as whom we call it, with gRPC's own server at the other end. */
@ParameterizedClass
@EnumSource(TlsEngine.class)
class ControlPlaneTlsTest {
    private static final String CONNECTED = "UNIMPLEMENTED";
    private static final String REFUSED = "UNAVAILABLE";

    @Parameter
    private TlsEngine engine = TlsEngine.JDK;

    private final X509Bundle authority = built(builder -> builder.setIsCertificateAuthority(true), "ca", null);
    private final X509Bundle certificate =
            built(builder -> builder.addSanUriName("spiffe://mesh/cp").addSanDnsName("cp.example"), "cp", authority);
    private final X509Bundle own = built(builder -> builder, "first", authority);
    private final BlockingQueue<String> called = new LinkedBlockingQueue<>();
    private @Nullable Server server;
    private @Nullable GrpcControlPlanes controlPlanes;

    private interface With {
        CertificateBuilder add(CertificateBuilder builder) throws Exception;
    }

    private static X509Bundle built(With with, String name, @Nullable X509Bundle issuer) {
        try {
            CertificateBuilder builder =
                    with.add(new CertificateBuilder().subject("CN=" + name).ecp256());
            return issuer == null ? builder.buildSelfSigned() : builder.buildIssuedBy(issuer);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void serve() throws Exception {
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .sslContext(GrpcSslContexts.configure(SslContextBuilder.forServer(
                                certificate.getKeyPair().getPrivate(), certificate.getCertificatePath()))
                        .trustManager(authority.toTrustManagerFactory())
                        .clientAuth(ClientAuth.REQUIRE)
                        .build())
                .addService(ServerInterceptors.intercept(new AggregatedDiscoveryServiceImplBase() {}, new Noting()))
                .build()
                .start();
    }

    @AfterEach
    void stop() {
        if (controlPlanes != null) {
            controlPlanes.close();
        }
        if (server != null) {
            server.shutdownNow();
        }
    }

    /** Notes with which version and by whom it is called. */
    private final class Noting implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            try {
                SSLSession session =
                        java.util.Objects.requireNonNull(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
                X509Certificate peer = (X509Certificate) session.getPeerCertificates()[0];
                called.add(session.getProtocol() + " "
                        + peer.getSubjectX500Principal().getName());
            } catch (javax.net.ssl.SSLPeerUnverifiedException e) {
                called.add("nobody");
            }
            return next.startCall(call, headers);
        }
    }

    private PeerValidation validation(PeerName... names) {
        return new PeerValidation(authority.getCertificatePEM(), List.of(names));
    }

    private ClientTls tls(PeerValidation peer, X509Bundle shown, TlsPolicy policy) {
        return new ClientTls(
                "",
                Optional.of(peer),
                List.of("h2"),
                Optional.of(new ServerTls.Certificate(shown.getCertificatePathPEM(), shown.getPrivateKeyPEM())),
                policy);
    }

    private GrpcControlPlanes dialing(ClientTls tls, String authority) {
        GrpcControlPlanes dialing = new GrpcControlPlanes(
                List.of(new GrpcControlPlanes.Address(
                        "127.0.0.1", java.util.Objects.requireNonNull(server).getPort(), true)),
                Optional.of(tls),
                authority,
                Optional.of(engine),
                Runnable::run);
        controlPlanes = dialing;
        return dialing;
    }

    private String call(PeerValidation peer, TlsPolicy policy, String authority) throws Exception {
        try (GrpcControlPlanes dialing = dialing(tls(peer, own, policy), authority)) {
            return call(dialing.channel(0));
        }
    }

    private static String call(ManagedChannel channel) throws Exception {
        CompletableFuture<String> status = new CompletableFuture<>();
        var _ = AggregatedDiscoveryServiceGrpc.newStub(channel)
                .deltaAggregatedResources(new StreamObserver<DeltaDiscoveryResponse>() {
                    @Override
                    public void onNext(DeltaDiscoveryResponse response) {}

                    @Override
                    public void onError(Throwable failure) {
                        status.complete(Status.fromThrowable(failure).getCode().name());
                    }

                    @Override
                    public void onCompleted() {
                        status.complete("OK");
                    }
                });
        return status.get(20, TimeUnit.SECONDS);
    }

    @Test
    void whereNoNameIsGivenItIsTheOneThatIsCalled() throws Exception {
        assertThat(call(validation(), TlsPolicy.DEFAULT, "cp.example")).isEqualTo(CONNECTED);
        assertThat(call(validation(), TlsPolicy.DEFAULT, "other.example")).isEqualTo(REFUSED);
    }

    @Test
    void namesThatAreGivenCountAndNotTheAddress() throws Exception {
        assertThat(call(validation(PeerName.uri("spiffe://mesh/cp")), TlsPolicy.DEFAULT, ""))
                .isEqualTo(CONNECTED);
        assertThat(call(validation(PeerName.uri("spiffe://mesh/other")), TlsPolicy.DEFAULT, "cp.example"))
                .isEqualTo(REFUSED);
    }

    @Test
    void aPinSaysWhichOneItIs() throws Exception {
        assertThat(call(pinned(certificate), TlsPolicy.DEFAULT, "")).isEqualTo(CONNECTED);
        assertThat(call(pinned(own), TlsPolicy.DEFAULT, "")).isEqualTo(REFUSED);
    }

    private static PeerValidation pinned(X509Bundle to) throws Exception {
        String hash = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256")
                        .digest(to.getCertificate().getEncoded()));
        return new PeerValidation(Optional.empty(), List.of(), List.of(hash), List.of(), Optional.empty());
    }

    @Test
    void theAuthorityOfAnotherIsNotTrusted() throws Exception {
        X509Bundle strange = built(builder -> builder.setIsCertificateAuthority(true), "strange", null);
        assertThat(call(
                        new PeerValidation(strange.getCertificatePEM(), List.of(PeerName.dns("cp.example"))),
                        TlsPolicy.DEFAULT,
                        "cp.example"))
                .isEqualTo(REFUSED);
    }

    @Test
    void thePolicyIsKept() throws Exception {
        TlsPolicy older = new TlsPolicy(
                TlsPolicy.Version.TLS_1_2,
                TlsPolicy.Version.TLS_1_2,
                TlsPolicy.DEFAULT.suites(),
                List.of(TlsPolicy.Group.P384, TlsPolicy.Group.P256));

        assertThat(call(validation(), older, "cp.example")).isEqualTo(CONNECTED);
        assertThat(call(validation(), TlsPolicy.DEFAULT, "cp.example")).isEqualTo(CONNECTED);

        assertThat(called).containsExactly("TLSv1.2 CN=first", "TLSv1.3 CN=first");
    }

    @Test
    void aRenewedCertificateIsShownOnNewConnectionsAndOldOnesGoOn() throws Exception {
        GrpcControlPlanes dialing = dialing(tls(validation(), own, TlsPolicy.DEFAULT), "cp.example");
        ManagedChannel before = dialing.channel(0);
        assertThat(call(before)).isEqualTo(CONNECTED);
        dialing.secure(Optional.of(tls(validation(), own, TlsPolicy.DEFAULT)));
        assertThat(dialing.channel(0)).isSameAs(before);

        X509Bundle renewed = built(builder -> builder, "second", authority);
        dialing.secure(Optional.of(tls(validation(), renewed, TlsPolicy.DEFAULT)));

        assertThat(dialing.channel(0)).isNotSameAs(before);
        assertThat(call(dialing.channel(0))).isEqualTo(CONNECTED);
        assertThat(called).containsExactly("TLSv1.3 CN=first", "TLSv1.3 CN=second");
    }
}
