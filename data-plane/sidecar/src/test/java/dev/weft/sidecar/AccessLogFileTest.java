package dev.weft.sidecar;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs that are rotated by somebody who does not tell us. */
class AccessLogFileTest {
    @TempDir
    private Path directory = Path.of("");

    private long nanos;

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private static void write(AccessLogFile file, String line) throws IOException {
        file.write(line.getBytes(US_ASCII), 0, line.length());
        file.flush();
    }

    @Test
    void aFileThatWasMovedIsFollowedByANewOne() throws IOException {
        Path path = directory.resolve("access.log");
        Path old = directory.resolve("access.log.1");
        try (AccessLogFile file = new AccessLogFile(path, () -> nanos)) {
            write(file, "one\n");
            Files.move(path, old);
            write(file, "two\n");
            pass(Duration.ofSeconds(1));
            write(file, "three\n");
        }

        assertThat(old).hasContent("one\ntwo\n");
        assertThat(path).hasContent("three\n");
    }

    @Test
    void aFileThatWasDeletedOrReplacedIsOpenedAnew() throws IOException {
        Path path = directory.resolve("access.log");
        try (AccessLogFile file = new AccessLogFile(path, () -> nanos)) {
            write(file, "one\n");
            Files.delete(path);
            pass(Duration.ofSeconds(1));
            write(file, "two\n");
            assertThat(path).hasContent("two\n");

            Path other = Files.writeString(directory.resolve("other"), "of another\n");
            Files.move(other, path, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            pass(Duration.ofSeconds(1));
            write(file, "three\n");
        }

        assertThat(path).hasContent("of another\nthree\n");
    }

    @Test
    void aFileThatWasTruncatedIsWrittenFromItsNewEnd() throws IOException {
        Path path = directory.resolve("access.log");
        try (AccessLogFile file = new AccessLogFile(path, () -> nanos)) {
            write(file, "one\n");
            Files.write(path, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
            write(file, "two\n");
        }

        assertThat(path).hasContent("two\n");
    }

    @Test
    void linesGoOnIntoTheOldFileWhereThereCanBeNoNewOne() throws IOException {
        Path folder = Files.createDirectory(directory.resolve("logs"));
        Path path = folder.resolve("access.log");
        Path moved = directory.resolve("moved");
        try (AccessLogFile file = new AccessLogFile(path, () -> nanos)) {
            Files.move(folder, moved);
            pass(Duration.ofSeconds(1));
            write(file, "one\n");
            Files.createDirectory(folder);
            pass(Duration.ofSeconds(1));
            write(file, "two\n");
        }

        assertThat(moved.resolve("access.log")).hasContent("one\n");
        assertThat(path).hasContent("two\n");
    }

    @Test
    void aFullDiskDoesNotFollowToTheNextFile() throws IOException {
        Path path = directory.resolve("access.log");
        Files.createSymbolicLink(path, Path.of("/dev/full"));
        try (AccessLogFile file = new AccessLogFile(path, () -> nanos)) {
            assertThatThrownBy(() -> write(file, "one\n")).isInstanceOf(IOException.class);
            Files.delete(path);
            pass(Duration.ofSeconds(1));
            write(file, "two\n");
        }

        assertThat(path).hasContent("two\n");
    }

    @Test
    void aFileThatCannotBeOpenedIsAnErrorAtTheStart() {
        assertThatThrownBy(() -> new AccessLogFile(directory.resolve("none").resolve("access.log"), () -> nanos))
                .isInstanceOf(IOException.class)
                .hasMessage("access log " + directory + "/none/access.log: cannot be opened (NoSuchFileException)");
        assertThatThrownBy(() -> new AccessLogFile(directory, () -> nanos))
                .hasMessage("access log " + directory + ": cannot be opened (Is a directory)");
    }
}
