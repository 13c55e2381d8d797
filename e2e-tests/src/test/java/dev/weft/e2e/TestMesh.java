package dev.weft.e2e;

import com.google.gson.JsonObject;
import dev.weft.api.client.MeshClient;
import dev.weft.api.manifest.Manifest;
import dev.weft.api.manifest.ManifestReader;
import dev.weft.v1.ApplyRequest;
import dev.weft.v1.ApplyResponse;
import dev.weft.v1.Kind;
import dev.weft.v1.ListRequest;
import dev.weft.v1.WatchRolloutRequest;
import dev.weft.v1.WatchRolloutResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;

/**
 * A mesh of real processes, put together in a few words.
 *
 * <p>Confined to the test's thread.
 */
final class TestMesh implements AutoCloseable {
    private static final String CONTROL_PLANE = "dev.weft.controlplane.Main";
    private static final String SIDECAR = "dev.weft.sidecar.Main";

    private final Path directory;
    private final String[] store;
    private final List<Runnable> ends = new ArrayList<>();

    private TestMesh(Path directory, String... store) {
        this.directory = directory;
        this.store = store;
    }

    static TestMesh embedded(Path directory) {
        return new TestMesh(directory, "--data", directory.resolve("data").toString());
    }

    static TestMesh over(Etcd etcd, Path directory) {
        return new TestMesh(directory, "--etcd", etcd.url());
    }

    /** A control plane's process, starting. */
    Child controlPlane(int port) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(store));
        arguments.addAll(List.of("--listen", "127.0.0.1:" + port, "--admin", "127.0.0.1:0"));
        return keep(Child.role(directory, CONTROL_PLANE, arguments.toArray(String[]::new)));
    }

    Child controlPlane() throws IOException {
        return controlPlane(0);
    }

    /** A sidecar beside a service, starting; control planes are tried in order. */
    Child sidecar(Service service, String name, String labels, String... controlPlanes) throws IOException {
        return keep(Child.role(
                directory,
                SIDECAR,
                "sidecar",
                "--control-plane",
                String.join(",", controlPlanes),
                "--id",
                service.name(),
                "--service",
                name,
                "--port",
                String.valueOf(service.port()),
                "--labels",
                labels,
                "--inbound",
                "127.0.0.1:0",
                "--outbound",
                "127.0.0.1:0",
                "--admin",
                "127.0.0.1:0",
                "--state-dir",
                directory.resolve("state-" + service.name()).toString()));
    }

    Service service(String name) {
        Service service = new Service(name);
        ends.add(service::close);
        return service;
    }

    static String listen(Child controlPlane) {
        return controlPlane.ready().get("listen").getAsString();
    }

    static String outbound(Child sidecar) {
        JsonObject listeners = sidecar.ready().getAsJsonObject("listeners");
        return listeners.get("outbound").getAsString();
    }

    MeshClient client(String controlPlane) {
        MeshClient client = MeshClient.connect(controlPlane, Duration.ofSeconds(20));
        ends.add(client::close);
        return client;
    }

    static ApplyResponse apply(MeshClient mesh, String manifests) {
        ApplyRequest.Builder request =
                ApplyRequest.newBuilder().setIdempotencyId(UUID.randomUUID().toString());
        for (Manifest document :
                new ManifestReader().read("test", manifests).manifests().documents()) {
            request.addResources(document.resource());
        }
        return mesh.call(m -> m.apply(request.build()));
    }

    /** The last word of a rollout: live everywhere, or not. */
    static WatchRolloutResponse rollout(MeshClient mesh, long revision) {
        return mesh.stream(m -> {
            Iterator<WatchRolloutResponse> told = m.watchRollout(
                    WatchRolloutRequest.newBuilder().setRevision(revision).build());
            WatchRolloutResponse last = WatchRolloutResponse.getDefaultInstance();
            while (told.hasNext()) {
                last = told.next();
            }
            return last;
        });
    }

    static void awaitInstances(MeshClient mesh, int count) {
        ListRequest request = ListRequest.newBuilder().setKind(Kind.INSTANCE).build();
        Awaitility.await(count + " instances")
                .atMost(Duration.ofSeconds(60))
                .until(() -> mesh.call(m -> m.list(request)).getResourcesCount() == count);
    }

    static void awaitAnswer(String outbound, String url, String expected) {
        Awaitility.await(url + " answers " + expected)
                .atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> Load.once(outbound, url).startsWith(expected));
    }

    private Child keep(Child child) {
        ends.add(child::close);
        return child;
    }

    @Override
    public void close() {
        ends.reversed().forEach(Runnable::run);
    }
}
