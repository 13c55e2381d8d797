package dev.weft.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** systemd itself reads the units and finds nothing to say of them. */
class SystemdUnitsTest {
    private static final Path UNITS =
            Objects.requireNonNull(Path.of("").toAbsolutePath().getParent()).resolve("systemd");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "weft-control-plane.service, weft-control-plane.service",
        "weft-sidecar@.service, weft-sidecar@web.service",
        "weft-gateway@.service, weft-gateway@edge.service"
    })
    void theUnitIsWithoutFault(String unit, String instance) throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/systemd-analyze")), "SKIPPED: no systemd-analyze here");
        // Only the program is another: systemd looks whether it is there.
        String text = Files.readString(UNITS.resolve(unit)).replace("/opt/weft/bin/weft ", "/bin/true ");
        assertThat(text).contains("ExecStart=/bin/true ");
        Path copy = Files.writeString(folder.resolve(instance), text);
        Process process = new ProcessBuilder("/usr/bin/systemd-analyze", "--man=no", "verify", copy.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).doesNotContain(instance.replaceFirst("@.*", ""));
    }
}
