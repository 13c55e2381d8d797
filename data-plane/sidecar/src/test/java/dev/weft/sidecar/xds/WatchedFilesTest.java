package dev.weft.sidecar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When files are to be read again. */
class WatchedFilesTest {
    private final Map<String, String> disk = new HashMap<>(Map.of("a", "1", "b", "1"));
    private final WatchedFiles files = new WatchedFiles(path -> {
        String text = disk.get(path);
        if (text == null) {
            throw new NoSuchFileException(path);
        }
        return text;
    });

    @Test
    void aChangeIsToldOnceAlsoWhereNobodyReadsTheFileAgain() throws IOException {
        files.read("a");
        files.read("b");
        assertThat(files.haveChanged()).isFalse();

        disk.put("a", "2");
        disk.put("b", "2");

        assertThat(files.haveChanged()).isTrue();
        assertThat(files.haveChanged()).isFalse();
    }

    @Test
    void aFileThatIsGoneHasChangedOnceItIsBackAsAnother() throws IOException {
        files.read("a");
        disk.remove("a");
        assertThat(files.haveChanged()).isFalse();
        disk.put("a", "1");
        assertThat(files.haveChanged()).isFalse();
        disk.remove("a");
        assertThat(files.haveChanged()).isFalse();
        disk.put("a", "2");
        assertThat(files.haveChanged()).isTrue();
    }
}
