package dev.weft.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What happens in a run that nobody watches: definitions change, an instance dies and returns, then the control plane.
 *
 * <p>Confined to one thread.
 */
final class Script {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** The second of the two of version 1: the first takes over. */
    private static final int VICTIM = 1;

    private final Mesh mesh;
    private final Definitions definitions;
    private final ProxyView client;
    private final List<Path> changes;
    private final List<Duration> live = new ArrayList<>();
    private Duration failover = Duration.ZERO;

    /**
     * @param changes manifests to apply one after another
     */
    Script(Mesh mesh, Definitions definitions, ProxyView client, List<Path> changes) {
        this.mesh = mesh;
        this.definitions = definitions;
        this.client = client;
        this.changes = changes;
    }

    /** Takes as long as it was told, or longer where something takes longer to recover. */
    void play(Duration length) throws IOException, InterruptedException {
        long began = System.nanoTime();
        until(began, length, 10);
        for (Path change : changes) {
            live.add(definitions.applyLive(change));
        }
        until(began, length, 25);
        DemoInstance victim = mesh.instances().get(VICTIM);
        victim.kill();
        long killed = System.nanoTime();
        awaitClient(victim, false);
        failover = Duration.ofNanos(System.nanoTime() - killed);
        until(began, length, 45);
        victim.revive();
        awaitClient(victim, true);
        until(began, length, 65);
        mesh.controlPlane().kill();
        until(began, length, 75);
        mesh.controlPlane().restart();
        mesh.awaitControlPlane();
        mesh.awaitConnected(definitions);
        until(began, length, 100);
    }

    Duration applyToLive() {
        return live.stream()
                .sorted(Comparator.naturalOrder())
                .skip(live.size() / 2)
                .findFirst()
                .orElse(Duration.ZERO);
    }

    Duration failover() {
        return failover;
    }

    private static void until(long beganNanos, Duration length, int percent) throws InterruptedException {
        Thread.sleep(Duration.ofNanos(Math.max(0, beganNanos + length.toNanos() * percent / 100 - System.nanoTime())));
    }

    private void awaitClient(DemoInstance instance, boolean chosen) throws IOException, InterruptedException {
        Deadline deadline = Deadline.in(PATIENCE);
        while (client.chooses(instance.address()) != chosen) {
            deadline.orWait(instance.name() + (chosen ? " does not return" : " is not left out"));
        }
    }
}
