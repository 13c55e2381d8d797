package dev.weft.controlplane.translate;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.xds.type.v3.TypedStruct;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import dev.weft.api.manifest.Manifest;
import dev.weft.api.manifest.ManifestReader;
import dev.weft.api.manifest.Manifests;
import dev.weft.api.validation.Validation;
import dev.weft.controlplane.mesh.Keys;
import dev.weft.controlplane.mesh.Mesh;
import dev.weft.controlplane.store.Store;
import dev.weft.v1.Instance;
import dev.weft.v1.Resource;
import dev.weft.xds.ClientKind;
import dev.weft.xds.ResourceType;
import dev.weft.xds.Snapshot;
import dev.weft.xds.XdsResource;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest;
import io.envoyproxy.envoy.extensions.load_balancing_policies.random.v3.Random;
import io.envoyproxy.envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash;
import io.envoyproxy.envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One mesh with a bit of everything, as each kind of node is told of it. {@code -Dweft.golden=write} writes the files anew; read the
 * difference before committing it.
 */
final class MeshTranslationGoldenTest {
    private static final Path GOLDEN = Path.of("src", "test", "resources", "golden");
    private static final Map<ResourceType, Message> TYPES = Map.of(
            ResourceType.CLUSTER, Cluster.getDefaultInstance(),
            ResourceType.ENDPOINT, ClusterLoadAssignment.getDefaultInstance(),
            ResourceType.LISTENER, Listener.getDefaultInstance(),
            ResourceType.ROUTE, RouteConfiguration.getDefaultInstance());
    private static final JsonFormat.Printer JSON = JsonFormat.printer()
            .preservingProtoFieldNames()
            .usingTypeRegistry(TypeRegistry.newBuilder()
                    .add(HttpConnectionManager.getDescriptor())
                    .add(Router.getDescriptor())
                    .add(Cors.getDescriptor())
                    .add(CorsPolicy.getDescriptor())
                    .add(HTTPFault.getDescriptor())
                    .add(LocalRateLimit.getDescriptor())
                    .add(TcpProxy.getDescriptor())
                    .add(TlsInspector.getDescriptor())
                    .add(HttpProtocolOptions.getDescriptor())
                    .add(RoundRobin.getDescriptor())
                    .add(LeastRequest.getDescriptor())
                    .add(Random.getDescriptor())
                    .add(RingHash.getDescriptor())
                    .add(TypedStruct.getDescriptor())
                    .add(PreviousHostsPredicate.getDescriptor())
                    .build());

    /** Who is told. */
    enum Told {
        SIDECAR(new Audience(Audience.Role.SIDECAR, "web", ClientKind.ENVOY)),
        GATEWAY(new Audience(Audience.Role.GATEWAY, "edge", ClientKind.ENVOY)),
        PROXYLESS(new Audience(Audience.Role.PROXYLESS, "", ClientKind.GRPC));

        private final Audience audience;

        Told(Audience audience) {
            this.audience = audience;
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatANodeIsToldIsWhatTheGoldenFileSays(Told told) throws IOException {
        Snapshot snapshot = new MeshTranslation(told.audience).translate(mesh(), null);
        String text = json(snapshot);
        Path file = GOLDEN.resolve(told.name().toLowerCase(java.util.Locale.ROOT) + ".json");
        if ("write".equals(System.getProperty("weft.golden"))) {
            Files.writeString(file, text);
        }
        assertThat(text).isEqualTo(Files.readString(file));
    }

    @Test
    void whatDidNotChangeIsTheSameObjectInTheNextSnapshot() throws IOException {
        MeshTranslation translation = new MeshTranslation(Told.SIDECAR.audience);
        Mesh before = mesh();
        Snapshot first = translation.translate(before, null);
        Resource cluster = Objects.requireNonNull(before.cluster("web-v2"));
        Resource changed = cluster.toBuilder()
                .setCluster(cluster.getCluster().toBuilder()
                        .setConnectTimeout(com.google.protobuf.util.Durations.fromMillis(77)))
                .build();
        Mesh after = before.with(new Store.ChangeSet(
                99,
                List.of(new Store.Change(Keys.of(changed), Optional.empty(), Optional.of(entry(changed, 99)), 99))));
        Snapshot second = translation.translate(after, first);

        assertThat(changedNames(first, second, ResourceType.CLUSTER)).containsExactly("web-v2");
        assertThat(changedNames(first, second, ResourceType.ROUTE)).isEmpty();
        assertThat(changedNames(first, second, ResourceType.LISTENER)).isEmpty();
        assertThat(second.revision()).isEqualTo(99);
    }

    @Test
    void aServiceIsReachableByItsNameWithNothingApplied() throws IOException {
        Mesh mesh = Mesh.of(new Store.Range(List.of(instance("reviews", "r-1", "10.0.0.9", Map.of(), 5)), 5));
        Snapshot snapshot = new MeshTranslation(Told.SIDECAR.audience).translate(mesh, null);
        assertThat(snapshot.resources(ResourceType.CLUSTER)).containsOnlyKeys("reviews");
        assertThat(snapshot.resources(ResourceType.ENDPOINT)).containsOnlyKeys("reviews");
        assertThat(json(snapshot)).contains("\"domains\": [\"reviews\"]", "10.0.0.9");
    }

    @Test
    void theEdgeShowsOnlyWhatSomebodyApplied() throws IOException {
        Mesh mesh = Mesh.of(new Store.Range(List.of(instance("reviews", "r-1", "10.0.0.9", Map.of(), 5)), 5));
        Snapshot snapshot = new MeshTranslation(Told.GATEWAY.audience).translate(mesh, null);
        assertThat(snapshot.resources(ResourceType.CLUSTER)).isEmpty();
        assertThat(json(snapshot)).doesNotContain("reviews");
    }

    private static List<String> changedNames(Snapshot first, Snapshot second, ResourceType type) {
        List<String> changed = new ArrayList<>();
        second.resources(type).forEach((name, resource) -> {
            XdsResource was = first.resource(type, name);
            if (was == null || !was.version().equals(resource.version())) {
                changed.add(name);
            }
        });
        return changed;
    }

    private static Mesh mesh() throws IOException {
        Manifests manifests = new ManifestReader()
                .read("mesh.yaml", Files.readString(GOLDEN.resolve("mesh.yaml")))
                .manifests();
        assertThat(manifests.problems()).isEmpty();
        List<Resource> resources =
                manifests.documents().stream().map(Manifest::resource).toList();
        assertThat(Validation.check(resources)).isEmpty();
        List<Store.Entry> entries = new ArrayList<>();
        resources.forEach(resource -> entries.add(entry(resource, 7)));
        entries.add(instance("web", "web-1", "10.0.0.1", Map.of("version", "v1"), 8));
        entries.add(instance("web", "web-2", "10.0.0.2", Map.of("version", "v2"), 9));
        entries.add(instance("reviews", "reviews-1", "10.0.0.3", Map.of(), 10));
        return Mesh.of(new Store.Range(entries, 10));
    }

    private static Store.Entry entry(Resource resource, long revision) {
        return new Store.Entry(Keys.of(resource), resource.toByteString(), revision, revision, 1, 0);
    }

    private static Store.Entry instance(
            String service, String node, String address, Map<String, String> labels, long revision) {
        Resource resource = Resource.newBuilder()
                .setName(node)
                .putAllLabels(labels)
                .setInstance(Instance.newBuilder()
                        .setService(service)
                        .setNode(node)
                        .setAddress(address)
                        .setPort(15006)
                        .putAllLabels(labels)
                        .setWeight(1))
                .build();
        return new Store.Entry(Keys.instance(service, node), resource.toByteString(), revision, revision, 1, 0);
    }

    private static String json(Snapshot snapshot) throws InvalidProtocolBufferException {
        StringBuilder text = new StringBuilder();
        for (ResourceType type :
                List.of(ResourceType.LISTENER, ResourceType.ROUTE, ResourceType.CLUSTER, ResourceType.ENDPOINT)) {
            for (XdsResource resource : new TreeMap<>(snapshot.resources(type)).values()) {
                Message message = Objects.requireNonNull(TYPES.get(type))
                        .getParserForType()
                        .parseFrom(resource.body().getValue());
                text.append("// ")
                        .append(type)
                        .append(' ')
                        .append(resource.name())
                        .append('\n');
                text.append(JSON.print(message)).append('\n');
            }
        }
        return text.toString();
    }
}
