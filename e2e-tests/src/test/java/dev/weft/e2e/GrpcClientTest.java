package dev.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.client.MeshClient;
import dev.weft.v1.ApplyResponse;
import dev.weft.v1.WatchRolloutResponse;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.NameResolverRegistry;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.xds.XdsNameResolverProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A proxyless client, as grpc-java has it, driven by our control plane. */
final class GrpcClientTest {
    private static String meshText(Object... ports) {
        return """
            kind: Cluster
            name: echo
            spec:
              endpoints: [{address: 127.0.0.1, port: %d}]
              protocol: http2
              balancing: {ketama: {key: [{header: x-user}]}}
            ---
            kind: Route
            name: echo
            spec:
              hosts: [echo.example]
              rules:
              - match: {path: {prefix: /nobody.Service}}
                respond: {status: 403}
              - forward: [{cluster: echo}]
                retry: {on: [unavailable], attempts: 3}
            """.formatted(ports);
    }

    @TempDir
    private Path directory;

    @Test
    void aGrpcClientFollowsARouteWithoutAnyProxy() throws Exception {
        HealthStatusManager health = new HealthStatusManager();
        Server server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(health.getHealthService())
                .build()
                .start();
        try (TestMesh mesh = TestMesh.embedded(directory)) {
            String controlPlane = TestMesh.listen(mesh.controlPlane());
            MeshClient client = mesh.client(controlPlane);
            ApplyResponse applied = TestMesh.apply(client, meshText(server.getPort()));
            Map<String, ?> bootstrap = Map.of(
                    "node", Map.of("id", "grpc-1"),
                    "xds_servers",
                            List.of(Map.of(
                                    "server_uri", controlPlane,
                                    "channel_creds", List.of(Map.of("type", "insecure")),
                                    "server_features", List.of("xds_v3"))));
            XdsNameResolverProvider resolver = XdsNameResolverProvider.createForTest("weft-xds", bootstrap);
            NameResolverRegistry.getDefaultRegistry().register(resolver);
            ManagedChannel channel = Grpc.newChannelBuilder(
                            "weft-xds:///echo.example", InsecureChannelCredentials.create())
                    .build();
            try {
                HealthCheckResponse response = HealthGrpc.newBlockingStub(channel)
                        .withWaitForReady()
                        .withDeadlineAfter(Duration.ofSeconds(40))
                        .check(HealthCheckRequest.getDefaultInstance());
                assertThat(response.getStatus()).isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
                WatchRolloutResponse rollout = TestMesh.rollout(client, applied.getRevision());
                assertThat(rollout.getRefusingList()).isEmpty();
                assertThat(rollout.getLive()).isEqualTo(1);
            } finally {
                channel.shutdownNow();
                channel.awaitTermination(5, TimeUnit.SECONDS);
                NameResolverRegistry.getDefaultRegistry().deregister(resolver);
            }
        } finally {
            server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
    }
}
