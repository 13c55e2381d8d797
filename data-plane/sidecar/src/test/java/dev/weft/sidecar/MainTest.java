package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command line up to the point where something would be bound. */
class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return command(Map.of()).execute(arguments);
    }

    private CommandLine command(Map<String, String> environment) {
        return Main.commandLine("")
                .setDefaultValueProvider(new EnvironmentDefaults(environment))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true));
    }

    @Test
    void theShortFormIsPrintedAsABootstrap() {
        int exit = run(
                "sidecar",
                "--control-plane",
                "127.0.0.1:15010,127.0.0.1:15012",
                "--service",
                "web",
                "--port",
                "8080",
                "--labels",
                "version=v1",
                "--print-bootstrap");

        assertThat(err.toString()).isEmpty();
        assertThat(exit).isZero();
        assertThat(out.toString())
                .contains("\"name\": \"outbound\"", "\"port_value\": 15012", "\"version\": \"v1\"", "\"DELTA_GRPC\"");
    }

    @Test
    void everyFlagHasAVariable() {
        int exit = command(Map.of("WEFT_CONTROL_PLANE", "10.9.8.7:15010", "WEFT_NAME", "edge", "WEFT_XDS", "sotw"))
                .execute("gateway", "--print-bootstrap");

        assertThat(exit).isZero();
        assertThat(out.toString()).contains("10.9.8.7", "gateway/edge", "\"GRPC\"");
    }

    @Test
    void missingFlagsAreAUsageError() {
        assertThat(run("sidecar")).isEqualTo(64);
        assertThat(err.toString()).contains("--control-plane is missing");
        assertThat(run("gateway", "--control-plane", "127.0.0.1:1")).isEqualTo(64);
        assertThat(run("sidecar", "--nonsense")).isEqualTo(64);
        assertThat(run("sidecar", "--drain-timeout", "soon")).isEqualTo(64);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --concurrency     | 0                  | --concurrency: 0 (expected: >= 1)
            --max-connections | -1                 | --max-connections: -1 (expected: >= 0)
            --log-level       | loud               | expected one of [ERROR, WARN, INFO, DEBUG, TRACE] (case-insensitive) but was 'loud'
            --control-plane   | here               | Invalid value for option '--control-plane' (HOST:PORT): here (expected: HOST:PORT)
            --drain-grace     | 99999999999999999h | 99999999999999999h (expected: at most 100 years)
            """)
    void aFlagThatMakesNoSenseIsAUsageErrorThatNamesIt(String flag, String value, String message) {
        assertThat(run("sidecar", flag, value)).isEqualTo(64);
        assertThat(err.toString()).contains(message);
    }

    @Test
    void aFileAndItsShortFormTogetherAreAUsageError(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("b.yaml"), "{}");

        assertThat(run("sidecar", "-c", file.toString(), "--service", "web")).isEqualTo(64);
        assertThat(err.toString()).contains("--service");
    }

    @Test
    void aWrongFileIs65WithAllThatIsWrong(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("b.yaml"), "{tracing: {}, node: {idd: x}}");

        assertThat(run("sidecar", "-c", file.toString())).isEqualTo(65);
        assertThat(err.toString())
                .contains("error: tracing: not supported", "error: node.idd: not supported; did you mean: id");
    }

    @Test
    void durationsAreReadAsPeopleWriteThem() {
        assertThat(Durations.parse("500ms")).isEqualTo(Duration.ofMillis(500));
        assertThat(Durations.parse("1.5m")).isEqualTo(Duration.ofSeconds(90));
    }

    @Test
    void stateIsKeptPerNodeInTheUsersStateDirectory() {
        assertThat(StateDirectory.of("", "web.host.1", Map.of("XDG_STATE_HOME", "/var/x")))
                .contains(Path.of("/var/x/weft/web.host.1"));
        assertThat(StateDirectory.of("", "../etc", Map.of("XDG_STATE_HOME", "/var/x")))
                .contains(Path.of("/var/x/weft/_.._etc"));
        assertThat(StateDirectory.of("none", "a", Map.of())).isEqualTo(Optional.empty());
        assertThat(StateDirectory.of("/d", "a", Map.of())).contains(Path.of("/d"));
    }
}
