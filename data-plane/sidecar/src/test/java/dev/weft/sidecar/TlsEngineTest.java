package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The engine of TLS that is asked for, or a clear word. */
@Timeout(120)
class TlsEngineTest {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void anEngineThatIsNotThereEndsTheStart() throws Exception {
        try (SidecarProcess sidecar = SidecarProcess.startWithoutBoringSsl(
                directory, "sidecar", "-c", config(), "--tls-engine", "boringssl")) {
            assertThat(sidecar.exit()).isEqualTo(1);
            assertThat(sidecar.err())
                    .contains("error: tls engine: boringssl is not available on ")
                    .contains("(expected: jdk)");
        }
    }

    @Test
    void theJdkIsAlwaysThere() throws Exception {
        try (SidecarProcess sidecar =
                SidecarProcess.startWithoutBoringSsl(directory, "sidecar", "-c", config(), "--tls-engine", "jdk")) {
            sidecar.serving();
        }
    }

    private String config() throws Exception {
        return Files.writeString(directory.resolve("config.yaml"), "node: {id: choosing}")
                .toString();
    }
}
