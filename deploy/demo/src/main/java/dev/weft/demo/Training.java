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

    /** Returns once the records of the control plane, the sidecar and the verbs are in the folder. */
    static void run(Distribution distribution, Path folder, Path records) throws IOException, InterruptedException {
        Distribution trained = distribution.recordingTo(records);
        List<Integer> ports = Mesh.freePorts();
        String address = "127.0.0.1:" + ports.get(1);
        String inbound = "127.0.0.1:" + ports.get(2);
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
                DemoService service = DemoService.start("web-1", "v1", 0)) {
            controlPlane.awaitReady(PATIENCE);
            Path bootstrap = TrainingBootstrap.write(
                    distribution,
                    folder,
                    List.of(
                            "--control-plane=" + address,
                            "--service=web",
                            "--port=" + service.port(),
                            "--labels=version=v1",
                            "--id=web-1",
                            "--address=127.0.0.1",
                            "--inbound=" + inbound,
                            "--outbound=127.0.0.1:0",
                            "--admin=127.0.0.1:0"),
                    service.port(),
                    ports.get(4),
                    ports.get(3));
            try (RoleProcess sidecar = RoleProcess.start(
                    trained,
                    folder,
                    "web-1",
                    List.of(
                            "sidecar",
                            "--config=" + bootstrap,
                            "--concurrency=1",
                            "--state-dir=" + folder.resolve("web-1"),
                            "--drain-grace=0s",
                            "--drain-timeout=1s"))) {
                train(trained, folder, address, sidecar, inbound);
            }
        }
    }

    private static void train(Distribution trained, Path folder, String server, RoleProcess sidecar, String endpoint)
            throws IOException, InterruptedException {
        RoleProcess.Addresses at = sidecar.awaitReady(PATIENCE);
        // Its own client, so that one process takes both ways of a request.
        try (Definitions definitions = new Definitions(server);
                ProxyView view = new ProxyView(at.admin());
                Traffic traffic = new Traffic(at.listener("outbound"), at.listener(TrainingBootstrap.LISTENER))) {
            definitions.applyLive(trained.example("demo/mesh.yaml"));
            verb(trained, folder, server);
            Deadline deadline = Deadline.in(PATIENCE);
            while (!view.chooses(endpoint) || !traffic.flows()) {
                deadline.orWait("the instance is not served");
            }
            traffic.begin(RATE);
            Thread.sleep(TRAFFIC);
            view.retries();
            sidecar.end();
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
