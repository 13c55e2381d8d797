package dev.weft.sidecar.live;

import static dev.weft.sidecar.live.Protos.certificate;
import static dev.weft.sidecar.live.Protos.edsCluster;
import static dev.weft.sidecar.live.Protos.endpoints;
import static dev.weft.sidecar.live.Protos.listener;
import static dev.weft.sidecar.live.Protos.received;
import static dev.weft.sidecar.live.Protos.routes;
import static dev.weft.sidecar.live.Protos.secured;
import static dev.weft.sidecar.live.Protos.sent;
import static dev.weft.sidecar.live.Protos.text;
import static dev.weft.sidecar.live.Protos.validation;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.Chain;
import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.model.ServerTls;
import dev.weft.sidecar.xds.FileText;
import dev.weft.sidecar.xds.Pem;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.Translation;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher.SanType;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.netty.pkitesting.X509Bundle;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Listeners and clusters that name secrets: what they wait for, what they get, and what never happens without. */
class SecretsGoLiveTest {
    private static final Duration GIVEN_UP = Duration.ofSeconds(16);
    private static final DownstreamTlsContext OWN = DownstreamTlsContext.newBuilder()
            .setCommonTlsContext(CommonTlsContext.newBuilder().addTlsCertificateSdsSecretConfigs(sent("own")))
            .build();

    private final HandCrankedTimers timers = new HandCrankedTimers();
    private final LiveConfig config = new LiveConfig(
            new StaticResources(List.of(), List.of()), new Translation(FileText.DISK), timers, applied -> {});

    @BeforeEach
    void start() {
        config.start();
        config.connected();
        send(ResourceType.CLUSTER, edsCluster("web"));
        send(ResourceType.ENDPOINTS, endpoints("web", 81));
    }

    private List<String> send(ResourceType type, Message... resources) {
        return config.receive(new Delivery(
                type.typeUrl(),
                Arrays.stream(resources)
                        .map(resource -> received("", "1", resource))
                        .toList(),
                List.of(),
                false));
    }

    private void sendListener(Listener listener) {
        send(ResourceType.LISTENER, listener);
        send(ResourceType.ROUTES, routes("r", "web"));
    }

    private List<Chain> chains() {
        return config.live().listeners().stream()
                .flatMap(listener -> listener.allChains().stream())
                .toList();
    }

    private ServerTls tls() {
        return chains().getFirst().tls().orElseThrow();
    }

    private ClusterConfig cluster(String name) {
        return requireNonNull(config.live().clusters().get(new ClusterName(name)));
    }

    private static ServerTls.Certificate pem(X509Bundle bundle) {
        return new ServerTls.Certificate(bundle.getCertificatePathPEM(), bundle.getPrivateKeyPEM());
    }

    private static Cluster securedCluster(String name, CommonTlsContext.Builder common) {
        return edsCluster(name).toBuilder()
                .setTransportSocket(secured(UpstreamTlsContext.newBuilder()
                        .setCommonTlsContext(common)
                        .build()))
                .build();
    }

    @Test
    void aListenerWaitsForItsSecret() {
        sendListener(listener("in", 1, "r", OWN));
        assertThat(config.live().listeners()).isEmpty();
        assertThat(config.wanted(ResourceType.SECRET)).containsExactly("own");
        assertThat(config.waiting()).containsExactly("listener in: secret own");

        assertThat(send(ResourceType.SECRET, certificate("own", Pem.OWN))).isEmpty();

        assertThat(tls().certificates()).containsExactly(pem(Pem.OWN));
        assertThat(config.waiting()).isEmpty();
    }

    @Test
    void aSecretThatIsRotatedIsLiveAtOnce() {
        sendListener(listener("in", 1, "r", OWN));
        send(ResourceType.SECRET, certificate("own", Pem.OWN));

        send(ResourceType.SECRET, certificate("own", Pem.OTHER));

        assertThat(tls().certificates()).containsExactly(pem(Pem.OTHER));
    }

    @Test
    void aSecretThatCannotBeUsedIsRefusedAndTheLastGoodOneStays() {
        sendListener(listener("in", 1, "r", OWN));
        send(ResourceType.SECRET, certificate("own", Pem.OWN));
        Secret torn = Secret.newBuilder()
                .setName("own")
                .setTlsCertificate(TlsCertificate.newBuilder()
                        .setCertificateChain(text(Pem.OTHER.getCertificatePathPEM()))
                        .setPrivateKey(text(Pem.KEY)))
                .build();

        List<String> errors = send(ResourceType.SECRET, torn);

        assertThat(errors)
                .containsExactly("own: tls_certificate.private_key: of another certificate"
                        + " (expected: the key of CN=other)");
        assertThat(tls().certificates()).containsExactly(pem(Pem.OWN));
        assertThat(config.failedSecrets()).isEqualTo(1);
        assertThat(config.refused()).singleElement().extracting(Refused::name).isEqualTo("own");
    }

    @Test
    void aSecretOfAnotherKindIsRefused() {
        sendListener(listener("in", 1, "r", OWN));

        assertThat(send(ResourceType.SECRET, validation("own", Pem.AUTHORITY)))
                .containsExactly("own: validation_context (expected: tls_certificate)");
        assertThat(config.live().listeners()).isEmpty();
    }

    @Test
    void withoutItsSecretAChainIsClosedAndNeverPlain() {
        Listener two = listener("in", 1, "r", OWN);
        Listener both = two.toBuilder()
                .setFilterChains(
                        0,
                        two.getFilterChains(0).toBuilder()
                                .setFilterChainMatch(
                                        FilterChainMatch.newBuilder().addServerNames("a.example")))
                .addFilterChains(
                        1, listener("x", 1, "r").getFilterChains(0).toBuilder().setName("plain"))
                .build();
        sendListener(both);
        assertThat(config.live().listeners()).isEmpty();

        timers.pass(GIVEN_UP);

        assertThat(chains()).hasSize(2);
        assertThat(chains().getFirst().handler()).isEqualTo(new ListenerConfig.Closed("secret own: not there"));
        assertThat(chains().getLast().handler()).isInstanceOf(ListenerConfig.Http.class);
        assertThat(config.waiting()).containsExactly("listener in: secret own");

        send(ResourceType.SECRET, certificate("own", Pem.OWN));

        assertThat(chains().getFirst().handler()).isInstanceOf(ListenerConfig.Http.class);
        assertThat(tls().certificates()).containsExactly(pem(Pem.OWN));
    }

    @Test
    void aNewVersionOfAListenerWaitsWhileTheOldOneServes() {
        sendListener(listener("in", 1, "r"));

        send(ResourceType.LISTENER, listener("in", 1, "r", OWN));
        assertThat(chains().getFirst().tls()).isEmpty();

        send(ResourceType.SECRET, certificate("own", Pem.OWN));
        assertThat(tls().certificates()).containsExactly(pem(Pem.OWN));
    }

    @Test
    void aClusterWaitsForItsSecretsAndHasNoEndpointsWithoutThem() {
        CommonTlsContext.Builder common = CommonTlsContext.newBuilder()
                .addTlsCertificateSdsSecretConfigs(sent("own"))
                .setValidationContextSdsSecretConfig(sent("peers"));
        send(ResourceType.CLUSTER, securedCluster("api", common));
        send(ResourceType.ENDPOINTS, endpoints("api", 91));
        send(ResourceType.SECRET, certificate("own", Pem.OWN));
        assertThat(config.live().clusters()).doesNotContainKey(new ClusterName("api"));

        timers.pass(GIVEN_UP);
        assertThat(((ClusterConfig.Fixed) cluster("api").discovery()).endpoints())
                .isEmpty();

        send(ResourceType.SECRET, validation("peers", Pem.AUTHORITY));
        assertThat(((ClusterConfig.Fixed) cluster("api").discovery()).endpoints())
                .hasSize(1);
        assertThat(cluster("api").tls()).hasValueSatisfying(tls -> {
            assertThat(tls.certificate()).contains(pem(Pem.OWN));
            assertThat(tls.peer()).contains(new PeerValidation(Pem.AUTHORITY, List.of()));
        });
    }

    @Test
    void aClusterKeepsItsOldVersionWhileTheNewOneWaits() {
        send(
                ResourceType.CLUSTER,
                securedCluster("web", CommonTlsContext.newBuilder().setValidationContextSdsSecretConfig(sent("p"))));
        assertThat(cluster("web").tls()).isEmpty();

        send(ResourceType.SECRET, validation("p", Pem.AUTHORITY));
        assertThat(cluster("web").tls()).isPresent();
    }

    @Test
    void namesOfTheDefaultContextAreAskedForBesideTheAuthoritiesThatAreSent() {
        CertificateValidationContext here = CertificateValidationContext.newBuilder()
                .addMatchTypedSubjectAltNames(SubjectAltNameMatcher.newBuilder()
                        .setSanType(SanType.URI)
                        .setMatcher(StringMatcher.newBuilder().setExact("spiffe://a")))
                .build();
        DownstreamTlsContext mutual = OWN.toBuilder()
                .setRequireClientCertificate(com.google.protobuf.BoolValue.of(true))
                .setCommonTlsContext(OWN.getCommonTlsContext().toBuilder()
                        .setCombinedValidationContext(CommonTlsContext.CombinedCertificateValidationContext.newBuilder()
                                .setDefaultValidationContext(here)
                                .setValidationContextSdsSecretConfig(sent("peers"))))
                .build();
        sendListener(listener("in", 1, "r", mutual));
        send(ResourceType.SECRET, certificate("own", Pem.OWN), validation("peers", Pem.AUTHORITY));

        assertThat(tls().clients())
                .contains(new ServerTls.Clients(Pem.AUTHORITY, List.of(PeerName.uri("spiffe://a")), true));
    }

    @Test
    void whatNobodyNamesAnyMoreIsForgotten() {
        sendListener(listener("in", 1, "r", OWN));
        send(ResourceType.SECRET, certificate("own", Pem.OWN));

        send(ResourceType.LISTENER, listener("in", 1, "r"));

        assertThat(config.wanted(ResourceType.SECRET)).isEmpty();
        assertThat(config.accepted(ResourceType.SECRET)).isEmpty();
    }

    @Test
    void aSecretThatIsTakenBackServesOnWhileItIsNamed() {
        sendListener(listener("in", 1, "r", OWN));
        send(ResourceType.SECRET, certificate("own", Pem.OWN));

        config.receive(new Delivery(ResourceType.SECRET.typeUrl(), List.of(), List.of("own"), false));

        assertThat(tls().certificates()).containsExactly(pem(Pem.OWN));
    }

    @Test
    void aSecretThatNobodyAskedForIsIgnored() {
        assertThat(send(ResourceType.SECRET, certificate("own", Pem.OWN))).isEmpty();
        assertThat(config.accepted(ResourceType.SECRET)).isEmpty();
    }

    @Test
    void whatAnEarlierProcessHadServesWithItsSecrets() {
        List<Received> stored = List.of(
                received("web", "1", edsCluster("web")),
                received("web", "1", endpoints("web", 81)),
                received("in", "1", listener("in", 1, "r", OWN)),
                received("r", "1", routes("r", "web")),
                received("own", "1", certificate("own", Pem.OWN)));
        LiveConfig next = new LiveConfig(
                new StaticResources(List.of(), List.of()), new Translation(FileText.DISK), timers, applied -> {});
        next.start();

        next.adopt(stored);

        assertThat(next.live().listeners())
                .singleElement()
                .satisfies(listener ->
                        assertThat(listener.chains().getFirst().tls()).isPresent());
    }
}
