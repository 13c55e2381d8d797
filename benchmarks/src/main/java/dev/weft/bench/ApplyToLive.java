package dev.weft.bench;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * How long an apply takes to be live on every sidecar: a control plane on the embedded store and sidecars, each a process of the
 * distribution, and a client that sends an apply, waits for the rollout's end, and sends the next.
 *
 * <pre>{@code java -cp "$(cat deploy/target/distribution)"/lib/weft-cli-*.jar benchmarks/src/main/java/dev/weft/bench/ApplyToLive.java \
 *     [LAUNCHER [SIDECARS [APPLIES]]]}</pre>
 *
 * <p>Prints, in milliseconds since the request left the client: when the answer came (the apply is stored), and when the last sidecar
 * acknowledged. Both hold a round trip of the client that is not the control plane's. The first tenth is warm-up and not counted.
 */
public final class ApplyToLive implements AutoCloseable {
    private static final int STAGES = 2;

    private final String launcher;
    private final Path folder;
    private final List<Process> processes = new ArrayList<>();

    private ApplyToLive(String launcher) throws IOException {
        this.launcher = launcher;
        this.folder = Files.createTempDirectory("weft-apply-to-live-");
        // Also where the run is broken off.
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    }

    public static void main(String... args) throws IOException, InterruptedException {
        String launcher = args.length > 0 ? args[0] : "./weft";
        int sidecars = args.length > 1 ? Integer.parseInt(args[1]) : 4;
        int applies = args.length > 2 ? Integer.parseInt(args[2]) : 200;
        try (ApplyToLive run = new ApplyToLive(launcher);
                MeshClient mesh = MeshClient.connect(run.start(sidecars), Duration.ofSeconds(20))) {
            run.awaitInstances(mesh, sidecars);
            int warmUp = applies / 10;
            long[][] nanos = new long[STAGES][applies];
            for (int i = -warmUp; i < applies; i++) {
                long[] taken = apply(mesh, i + warmUp, sidecars);
                for (int stage = 0; stage < STAGES && i >= 0; stage++) {
                    nanos[stage][i] = taken[stage];
                }
            }
            System.out.printf(Locale.ROOT, "%d sidecars, %d applies, ms:%n", sidecars, applies);
            print("stored", nanos[0]);
            print("live", nanos[1]);
        }
    }

    private static void print(String stage, long... nanos) {
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "  %-7s p50 %6.1f  p90 %6.1f  p99 %6.1f  max %6.1f%n",
                stage,
                millis(nanos[nanos.length / 2]),
                millis(nanos[nanos.length * 9 / 10]),
                millis(nanos[nanos.length * 99 / 100]),
                millis(nanos[nanos.length - 1]));
    }

    private static double millis(long nanos) {
        return nanos / 1e6;
    }

    private static long[] apply(MeshClient mesh, int round, int sidecars) {
        ApplyRequest.Builder request =
                ApplyRequest.newBuilder().setIdempotencyId(UUID.randomUUID().toString());
        String definitions = """
                kind: Cluster
                name: web-v1
                spec: {instances: {service: web, labels: {version: v1}}}
                ---
                kind: Cluster
                name: web-v2
                spec: {instances: {service: web, labels: {version: v2}}, connect_timeout: %ds}
                ---
                kind: Route
                name: web
                spec:
                  hosts: [web]
                  rules:
                  - forward: [{cluster: web-v1, weight: %d}, {cluster: web-v2, weight: %d}]
                """.formatted(1 + round % 7, 1 + round % 99, 100 - round % 99);
        for (Manifest document :
                new ManifestReader().read("bench", definitions).manifests().documents()) {
            request.addResources(document.resource());
        }
        long sent = System.nanoTime();
        ApplyResponse applied = mesh.call(m -> m.apply(request.build()));
        long stored = System.nanoTime() - sent;
        WatchRolloutResponse rollout = mesh.stream(m -> last(m.watchRollout(WatchRolloutRequest.newBuilder()
                .setRevision(applied.getRevision())
                .build())));
        long live = System.nanoTime() - sent;
        if (!rollout.getDone() || rollout.getLive() != sidecars) {
            throw new IllegalStateException("not live on every sidecar: " + rollout);
        }
        return new long[] {stored, live};
    }

    private static WatchRolloutResponse last(Iterator<WatchRolloutResponse> told) {
        WatchRolloutResponse last = WatchRolloutResponse.getDefaultInstance();
        while (told.hasNext()) {
            last = told.next();
        }
        return last;
    }

    /** Starts everything; returns the control plane's address. */
    private String start(int sidecars) throws IOException, InterruptedException {
        Path ready = role("control-plane", "--data", folder.resolve("data").toString(), "--listen", "127.0.0.1:0");
        String controlPlane = Files.readString(ready).replaceAll("(?s).*\"listen\": ?\"([^\"]+)\".*", "$1");
        for (int i = 0; i < sidecars; i++) {
            var _ = role(
                    "sidecar",
                    "--control-plane=" + controlPlane,
                    "--id=web-" + i,
                    "--service=web",
                    // Nobody listens there, and nobody asks.
                    "--port=9",
                    "--labels=version=v" + (1 + i % 2),
                    "--inbound=127.0.0.1:0",
                    "--outbound=127.0.0.1:0",
                    "--state-dir=" + folder.resolve("web-" + i));
        }
        return controlPlane;
    }

    /** Starts a role and waits until it serves. */
    private Path role(String... arguments) throws IOException, InterruptedException {
        Path ready = folder.resolve("ready-" + processes.size());
        List<String> command = new ArrayList<>(List.of(launcher));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--admin", "127.0.0.1:0", "--ready-file", ready.toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log-" + processes.size()).toFile())
                .start();
        processes.add(process);
        while (!Files.exists(ready)) {
            if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
                throw new IOException(
                        command + " ended:\n" + Files.readString(folder.resolve("log-" + (processes.size() - 1))));
            }
        }
        return ready;
    }

    private void awaitInstances(MeshClient mesh, int count) throws InterruptedException {
        ListRequest request = ListRequest.newBuilder().setKind(Kind.INSTANCE).build();
        while (mesh.call(m -> m.list(request)).getResourcesCount() < count) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
    }
}
