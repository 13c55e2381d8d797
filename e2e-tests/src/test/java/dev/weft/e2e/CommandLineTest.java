package dev.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The {@code weft} command against a real control plane: what it prints and what it exits with. */
final class CommandLineTest {
    private static final String WEB = "kind: Cluster\nname: web\nspec: {endpoints: [{address: 127.0.0.1, port: 9}]}\n";

    @TempDir
    private Path directory;

    @Test
    void applyGetHistoryRollbackAndDeleteWorkTogether() throws Exception {
        try (TestMesh mesh = TestMesh.embedded(directory)) {
            String server = TestMesh.listen(mesh.controlPlane());
            Path file = Files.writeString(directory.resolve("web.yaml"), WEB);
            Result applied = weft("apply", "-s", server, "-f", file.toString(), "-m", "first", "--wait");
            assertThat(applied.code()).isZero();
            assertThat(applied.out()).contains("cluster/web created (revision ", "live on 0/0 sidecars");
            String revision = applied.out().replaceAll("(?s).*\\(revision (\\d+)\\).*", "$1");

            Files.writeString(file, WEB.replace("port: 9", "port: 10"));
            assertThat(weft("diff", "-s", server, "-f", file.toString())).satisfies(diff -> {
                assertThat(diff.code()).isEqualTo(1);
                assertThat(diff.out()).contains("-      port: 9", "+      port: 10");
            });
            assertThat(weft("apply", "-s", server, "-f", file.toString(), "--if-revision", "1")
                            .code())
                    .isEqualTo(75);
            assertThat(weft("apply", "-s", server, "-f", file.toString()).out()).contains("cluster/web configured");
            assertThat(weft("rollback", "-s", server, "--to", revision).out()).contains("cluster/web configured");
            assertThat(weft("get", "-s", server, "cluster/web", "-o", "yaml").out())
                    .contains("port: 9");
            assertThat(weft("history", "-s", server).out()).contains("first", "rollback to revision " + revision);
            assertThat(weft("delete", "-s", server, "clusters", "web").out()).contains("cluster/web deleted");
            assertThat(weft("get", "-s", server, "cluster/web").code()).isEqualTo(1);
        }
    }

    @Test
    void aTypoNamesFileLineFieldAndTheLikelyMeantWordAndChangesNothing() throws Exception {
        try (TestMesh mesh = TestMesh.embedded(directory)) {
            String server = TestMesh.listen(mesh.controlPlane());
            Path file = Files.writeString(directory.resolve("web.yaml"), WEB.replace("endpoints", "endpoint"));
            Result refused = weft("apply", "-s", server, "-f", file.toString());
            assertThat(refused.code()).isEqualTo(65);
            assertThat(refused.err())
                    .contains("unknown field", file + ":3", "spec.endpoint", "did you mean: endpoints");
            assertThat(weft("get", "-s", server, "all").err()).contains("nothing found");
        }
    }

    @Test
    void aControlPlaneThatIsNotThereIsToldWithItsAddress() throws Exception {
        String nowhere = "127.0.0.1:" + Ports.free();
        Result failed = weft("status", "-s", nowhere);
        assertThat(failed.code()).isEqualTo(69);
        assertThat(failed.err()).contains(nowhere);
    }

    @Test
    void aPortInUseIsToldAndNothingIsStarted() throws Exception {
        try (TestMesh mesh = TestMesh.embedded(directory);
                TestMesh other = TestMesh.embedded(directory.resolve("other"))) {
            Files.createDirectories(directory.resolve("other"));
            String[] taken = TestMesh.listen(mesh.controlPlane()).split(":");
            Child second = other.controlPlane(Integer.parseInt(taken[1]));
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.log()).contains("cannot listen", taken[1]);
        }
    }

    @Test
    void twoControlPlanesCannotShareADirectory() throws Exception {
        try (TestMesh mesh = TestMesh.embedded(directory)) {
            TestMesh.listen(mesh.controlPlane());
            Child second = mesh.controlPlane();
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.log()).contains(directory.resolve("data").toString());
        }
    }

    private record Result(int code, String out, String err) {}

    private Result weft(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.weft.cli.Main"));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(directory, "out", "");
        Path err = Files.createTempFile(directory, "err", "");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        int code = process.waitFor();
        return new Result(
                code, Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
    }
}
