package dev.weft.controlplane.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.controlplane.store.Store.Entry;
import dev.weft.controlplane.store.StoreException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that writes, killed with -9. */
final class KillTest {
    private static final int KILLS = 5;

    @TempDir
    Path directory;

    @Test
    void whateverWasAcknowledgedBeforeAKillIsThere() throws Exception {
        Path data = directory.resolve("data");
        Set<String> acknowledged = new HashSet<>();
        long revision = 0;
        for (int kill = 1; kill <= KILLS; kill++) {
            Process writer = start(data, "run-" + kill);
            acknowledged.addAll(killAfter(writer, 40 * kill));
            try (EmbeddedStore store = EmbeddedStore.open(data)) {
                Set<String> present = store.range("").join().entries().stream()
                        .map(Entry::key)
                        .collect(Collectors.toSet());
                assertThat(present).containsAll(acknowledged);
                assertThat(present.size()).isLessThanOrEqualTo(acknowledged.size() + 2 * kill);
                assertThat(store.revision().join()).isGreaterThan(revision);
                revision = store.revision().join();
            }
        }
        try (var unpacked = Files.list(data.resolve("native"))) {
            assertThat(unpacked.count())
                    .as("copies of the native library left by kills")
                    .isLessThanOrEqualTo(2);
        }
    }

    @Test
    void aDirectoryInUseByAnotherProcessIsNotOpenedUntilThatOneIsGone() throws Exception {
        Path data = directory.resolve("data");
        Process writer = start(data, "run");
        try (BufferedReader output = writer.inputReader()) {
            assertThat(output.readLine()).isNotNull();
            assertThatThrownBy(() -> EmbeddedStore.open(data))
                    .isInstanceOf(StoreException.OpenFailed.class)
                    .hasMessageContaining(data.toString())
                    .hasMessageContaining("in use by process " + writer.pid());
        } finally {
            writer.destroyForcibly().waitFor();
        }
        EmbeddedStore.open(data).close();
    }

    private static Set<String> killAfter(Process writer, int acknowledgements) throws Exception {
        Set<String> acknowledged = new HashSet<>();
        try (BufferedReader output = writer.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                acknowledged.add(line);
                if (acknowledged.size() == acknowledgements) {
                    writer.destroyForcibly();
                }
            }
        } catch (IOException closedByTheKill) {
            assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(acknowledgements);
        }
        writer.waitFor();
        assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(acknowledgements);
        return acknowledged;
    }

    private static Process start(Path data, String run) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        KilledWriter.class.getName(),
                        data.toString(),
                        run)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
