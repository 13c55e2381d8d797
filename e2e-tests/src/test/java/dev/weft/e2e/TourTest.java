package dev.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README tells people to type is typed here, and shows what the README says that it shows. */
final class TourTest {
    private static final Path README = Shell.examples().resolveSibling("README.md");
    private static final Pattern TO_TRY = Pattern.compile("^  (.*(?:weft|curl) .*)$", Pattern.MULTILINE);
    private static final Pattern SERVER = Pattern.compile("--server (\\S+)");

    @TempDir
    private Path folder;

    @Test
    void theTourBesideTheDemoIsTrue() throws Exception {
        needs("curl");
        List<Tour.Step> steps = Tour.read(README, Tour.ports()).demo();
        assertThat(steps).hasSizeGreaterThan(5);
        try (Shell shell = new Shell(folder)) {
            String said = shell.start("./weft demo --rate 20", "keys:");
            Matcher server = SERVER.matcher(said);
            shell.with("WEFT_SERVER", server.find() ? server.group(1) : "127.0.0.1:15010");
            for (Tour.Step step : steps) {
                take(shell, step);
            }
            List<String> hints =
                    TO_TRY.matcher(said).results().map(hint -> hint.group(1)).toList();
            assertThat(hints).hasSizeGreaterThan(3);
            for (String hint : hints) {
                Shell.Result tried = shell.run(hint);
                assertThat(tried.code()).as(hint + "\n" + tried.all()).isZero();
            }
        }
    }

    @Test
    void theTourByHandIsTrue() throws Exception {
        needs("curl", "python3");
        try (Etcd etcd = Etcd.start(folder);
                Shell shell = new Shell(folder)) {
            Map<String, Integer> ports = Tour.ports();
            ports.put("2379", etcd.port());
            Tour tour = Tour.read(README, ports);
            assertThat(tour.byHand()).hasSizeGreaterThan(10);
            Files.writeString(folder.resolve("mesh.yaml"), tour.manifest());
            for (Tour.Step step : tour.byHand()) {
                take(shell, step);
            }
        }
    }

    @Test
    void everyExampleIsValidAndCanBeAppliedAfterTheOneThatDefinesItsClusters() throws Exception {
        try (TestMesh mesh = TestMesh.embedded(folder);
                Shell shell = new Shell(folder)) {
            shell.with("WEFT_SERVER", TestMesh.listen(mesh.controlPlane()));
            List<String> examples;
            try (Stream<Path> files = Files.walk(Shell.examples())) {
                examples = files.map(file -> Shell.examples().relativize(file).toString())
                        .filter(file -> file.endsWith(".yaml"))
                        .filter(file -> !file.startsWith("bootstrap/")) // Envoy's; ExampleBootstrapsTest runs them
                        .sorted(Comparator.comparing((String file) -> !file.equals("mesh.yaml"))
                                .thenComparing(Comparator.naturalOrder()))
                        .toList();
            }
            assertThat(examples).contains("mesh.yaml", "demo/mesh.yaml", "canary.yaml");
            for (String example : examples) {
                String command = "weft validate -f examples/" + example + " && weft apply -f examples/" + example;
                Shell.Result result = shell.run(command);
                assertThat(result.code()).as(command + "\n" + result.all()).isZero();
                assertThat(result.out()).as(command).contains("(revision ");
            }
        }
    }

    private static void take(Shell shell, Tour.Step step) throws Exception {
        if (step.background()) {
            shell.start(step.command(), "");
            return;
        }
        String command = step.command().replace("REVISION", step.command().contains("REVISION") ? first(shell) : "");
        if (command.contains("curl ")) {
            // A person types it again when what was just started is not in the mesh yet.
            Awaitility.await(command + " shows " + step.shows())
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> step.shows().matcher(shell.run(command).out()).find());
            return;
        }
        Shell.Result result = shell.run(command);
        assertThat(result.code()).as(command + "\n" + result.all()).isZero();
        assertThat(result.all()).as(command).containsPattern(step.shows());
    }

    /** The oldest revision that history shows. */
    private static String first(Shell shell) throws Exception {
        List<String> lines = shell.run("./weft history").out().lines().toList();
        return lines.getLast().strip().split("\\s+")[0];
    }

    private static void needs(String... programs) {
        for (String program : programs) {
            boolean there = Etcd.find(program).isPresent();
            if (!there) {
                System.err.println("SKIPPED: no " + program + " on PATH, which the README's tour uses");
            }
            Assumptions.assumeTrue(there, program);
        }
    }
}
