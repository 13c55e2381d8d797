package dev.weft.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A mesh with traffic in it. Reads as what the demo does: start, apply, wait for the first request, then show or play.
 *
 * <p>Confined to one thread.
 */
final class DemoRun implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration PAINTS_EVERY = Duration.ofSeconds(1);
    private static final Duration LINES_EVERY = Duration.ofSeconds(5);

    private final Distribution distribution;
    private final Mesh mesh;
    private final Definitions definitions;
    private final List<ProxyView> views = new ArrayList<>();
    private final Mesh.Proxies proxies;
    private final Traffic traffic;
    private final Duration firstRequest;

    private DemoRun(Distribution distribution, Mesh mesh, Definitions definitions)
            throws IOException, InterruptedException {
        this.distribution = distribution;
        this.mesh = mesh;
        this.definitions = definitions;
        mesh.awaitControlPlane();
        definitions.apply(distribution.example("demo/mesh.yaml"));
        proxies = mesh.awaitProxies();
        views.add(new ProxyView(proxies.clientAdmin()));
        views.add(new ProxyView(proxies.gatewayAdmin()));
        traffic = new Traffic(proxies.clientOutbound(), proxies.gateway());
        awaitFlow();
        firstRequest =
                Duration.between(ProcessHandle.current().info().startInstant().orElseGet(Instant::now), Instant.now());
        awaitInstances();
    }

    /**
     * Returns once every instance is served through both proxies.
     *
     * @param rate requests a second
     */
    static DemoRun start(Distribution distribution, Path folder, int rate) throws IOException, InterruptedException {
        Mesh mesh = Mesh.start(distribution, folder);
        Definitions definitions = new Definitions(mesh.controlPlaneAddress());
        try {
            DemoRun run = new DemoRun(distribution, mesh, definitions);
            run.traffic.begin(rate);
            return run;
        } catch (IOException | InterruptedException | RuntimeException e) {
            definitions.close();
            mesh.close();
            throw e;
        }
    }

    private void awaitFlow() throws IOException, InterruptedException {
        Deadline deadline = Deadline.in(PATIENCE);
        while (!traffic.flows()) {
            deadline.orWait("no request was answered");
        }
    }

    private void awaitInstances() throws IOException, InterruptedException {
        Deadline deadline = Deadline.in(PATIENCE);
        for (ProxyView view : views) {
            for (DemoInstance instance : mesh.instances()) {
                while (!view.chooses(instance.address())) {
                    deadline.orWait(instance.name() + " is not served");
                }
            }
        }
        mesh.awaitConnected(definitions);
    }

    /** Does by itself what {@link #show} lets people do. */
    Summary playScript(Duration length) throws IOException, InterruptedException {
        Script script = new Script(
                mesh,
                definitions,
                views.getFirst(),
                List.of(
                        distribution.example("split-90-10.yaml"),
                        distribution.example("demo/mesh.yaml"),
                        distribution.example("split-90-10.yaml")));
        script.play(length);
        traffic.close();
        Picture last = observer().picture();
        return new Summary(
                last.requests(),
                last.failed(),
                last.retried(),
                traffic.answered(),
                firstRequest,
                script.applyToLive(),
                script.failover(),
                traffic.failures());
    }

    /** Shows what happens until a signal, or until somebody presses q. */
    void show() throws IOException, InterruptedException {
        Observer observer = observer();
        Optional<Terminal> terminal = Terminal.open();
        if (terminal.isEmpty()) {
            showLines(observer);
            return;
        }
        try (Terminal screen = terminal.get()) {
            Hints hints = new Hints(distribution, mesh, proxies);
            Table table = new Table(Terminal.coloured());
            while (true) {
                List<String> lines = new ArrayList<>(hints.title());
                lines.addAll(table.lines(observer.picture()));
                lines.addAll(hints.whatToTry());
                screen.paint(lines);
                if (!new Keys(mesh).obeyed(screen, Deadline.in(PAINTS_EVERY))) {
                    return;
                }
            }
        }
    }

    private void showLines(Observer observer) throws IOException, InterruptedException {
        Hints hints = new Hints(distribution, mesh, proxies);
        Table table = new Table(false);
        hints.title().forEach(System.out::println);
        hints.whatToTry().forEach(System.out::println);
        while (true) {
            Thread.sleep(LINES_EVERY);
            table.lines(observer.picture()).forEach(System.out::println);
        }
    }

    private Observer observer() {
        return new Observer(views, definitions, traffic, mesh.instances());
    }

    @Override
    public void close() {
        traffic.close();
        views.forEach(ProxyView::close);
        definitions.close();
        mesh.close();
    }
}
