package dev.weft.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Runs every role for a moment, as users do, so that the JVM of each writes an AOT cache of what it needs for that: its classes
 * loaded and linked, and the profiles of its methods. The launcher's cache of the demo comes from this very program.
 *
 * <p>Confined to one thread.
 */
final class Training {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration TRAFFIC = Duration.ofSeconds(5);
    /** More than is reached: as many as there is time for. */
    private static final int RATE = 10_000;

    private Training() {}

    /** Returns once the caches of the control plane, the sidecar and the verbs are in the folder. */
    static void run(Distribution distribution, Path folder, Path caches) throws IOException, InterruptedException {
        Distribution trained = distribution.writingCachesTo(caches);
        String address = "127.0.0.1:" + Mesh.freePorts().getLast();
        try (RoleProcess controlPlane = RoleProcess.start(
                        trained,
                        folder,
                        "control-plane",
                        List.of(
                                "control-plane",
                                "--data=" + folder.resolve("store"),
                                "--listen=" + address,
                                "--admin=127.0.0.1:0",
                                "--drain-timeout=1s"));
                DemoInstance instance = DemoInstance.start(
                        trained,
                        folder,
                        address,
                        "web-1",
                        "v1",
                        Mesh.freePorts().getLast())) {
            controlPlane.awaitReady(PATIENCE);
            // Its own client, so that one process takes both ways of a request.
            RoleProcess.Addresses sidecar = instance.awaitReady(PATIENCE);
            try (Definitions definitions = new Definitions(address);
                    ProxyView view = new ProxyView(sidecar.admin());
                    Traffic traffic = new Traffic(sidecar.listener("outbound"), sidecar.listener("outbound"))) {
                definitions.applyLive(distribution.example("demo/mesh.yaml"));
                verb(trained, folder, address);
                Deadline deadline = Deadline.in(PATIENCE);
                while (!view.chooses(instance.address()) || !traffic.flows()) {
                    deadline.orWait("the instance is not served");
                }
                traffic.begin(RATE);
                Thread.sleep(TRAFFIC);
                view.retries();
                instance.sidecar().end();
            }
        }
    }

    private static void verb(Distribution trained, Path folder, String server)
            throws IOException, InterruptedException {
        ProcessBuilder apply = new ProcessBuilder(
                        trained.launcher().toString(),
                        "apply",
                        "-f",
                        trained.example("split-90-10.yaml").toString(),
                        "--server=" + server,
                        "--wait")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("apply.log").toFile());
        apply.environment().putAll(trained.environment("cli"));
        int code = apply.start().waitFor();
        if (code != 0) {
            throw new IOException("weft apply ended with code " + code + "; see " + folder);
        }
    }
}
