package dev.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.client.MeshClient;
import dev.weft.v1.ApplyResponse;
import dev.weft.v1.WatchRolloutResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Listener that carries TLS connections by their names: applied, and then true of our sidecar and of a real Envoy. */
final class PassThroughTest {
    private static final String PLAIN = "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n";

    @TempDir
    private Path directory;

    private static String meshText(int service, int vault, int shared, int sealed) {
        return """
            {kind: Cluster, name: fixed, spec: {endpoints: [{address: 127.0.0.1, port: %d}]}}
            ---
            {kind: Cluster, name: vault, spec: {endpoints: [{address: 127.0.0.1, port: %d}]}}
            ---
            kind: Route
            name: shop
            spec: {hosts: [shop.example], rules: [{forward: [{cluster: fixed}]}]}
            ---
            kind: Listener
            name: shared
            spec:
              address: 127.0.0.1
              port: %d
              pass_through: [{server_names: [vault.example, "*.vault.example"], cluster: vault}]
            ---
            kind: Listener
            name: sealed
            spec:
              address: 127.0.0.1
              port: %d
              protocol: tcp
              pass_through: [{server_names: [vault.example], cluster: vault}]
            """.formatted(service, vault, shared, sealed);
    }

    private static String hello(String name) throws Exception {
        return Greeter.hello(name, List.of());
    }

    private void assertServed(MeshClient client, Greeter vault, Service service) throws Exception {
        int shared = Ports.free();
        int sealed = Ports.free();
        ApplyResponse applied = TestMesh.apply(client, meshText(service.port(), vault.port(), shared, sealed));
        TestMesh.awaitAnswer("127.0.0.1:" + shared, "http://shop.example/", "200 origin");

        WatchRolloutResponse rollout = TestMesh.rollout(client, applied.getRevision());
        assertThat(rollout.getRefusingList()).isEmpty();
        assertThat(rollout.getLive()).isEqualTo(1);
        assertThat(Greeter.greeted(shared, hello("vault.example"), 5)).isEqualTo("vault");
        assertThat(Greeter.greeted(shared, hello("eu.vault.example"), 5)).isEqualTo("vault");
        assertThat(Greeter.greeted(shared, hello("other.example"), 5)).isNotEqualTo("vault");
        assertThat(Greeter.greeted(sealed, hello("vault.example"), 5)).isEqualTo("vault");
        assertThat(Greeter.greeted(sealed, hello("eu.vault.example"), 5)).isEmpty();
        assertThat(Greeter.greeted(sealed, PLAIN, 5)).isEmpty();
    }

    @Test
    void ourSidecarCarriesThem() throws Exception {
        try (TestMesh mesh = TestMesh.embedded(directory);
                Greeter vault = new Greeter("vault")) {
            String server = TestMesh.listen(mesh.controlPlane());
            Service service = mesh.service("origin");
            MeshClient client = mesh.client(server);
            mesh.sidecar(service, "web", "version=v1", server);
            TestMesh.awaitInstances(client, 1);

            assertServed(client, vault, service);
        }
    }

    @Test
    void anEnvoyCarriesThem() throws Exception {
        try (TestMesh mesh = TestMesh.embedded(directory);
                Greeter vault = new Greeter("vault")) {
            String server = TestMesh.listen(mesh.controlPlane());
            try (Child envoy = Envoy.start(directory, server)) {
                assertServed(mesh.client(server), vault, mesh.service("origin"));
                assertThat(envoy.isAlive()).isTrue();
            }
        }
    }
}
