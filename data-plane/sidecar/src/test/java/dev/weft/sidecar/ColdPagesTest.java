package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.weft.sidecar.ColdPages.Range;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColdPagesTest {
    @Test
    void onlyMappingsAreLetGoThatAreExactlyTheirFiles() {
        String text = """
                10000-20000 r--p 00000000 fe:00 11                         /lib/cache.aot
                Size:                 64 kB
                Anonymous:             0 kB
                20000-30000 rw-p 00010000 fe:00 11                         /lib/cache.aot
                Anonymous:             0 kB
                30000-40000 r--p 00000000 fe:00 12                         /lib/relocated.so
                Anonymous:             4 kB
                40000-50000 r-xp 00000000 fe:00 12                         /lib/a name with w.so
                Anonymous:             0 kB
                50000-60000 r--p 00000000 00:00 0\s
                Anonymous:             0 kB
                60000-70000 r-xp 00000000 00:00 0                          [vdso]
                Anonymous:             0 kB
                ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0    [vsyscall]
                Anonymous:             0 kB
                """;

        assertThat(ColdPages.unwritten(text.lines().toList()))
                .containsExactly(new Range(0x10000, 0x20000), new Range(0x40000, 0x50000));
    }

    @Test
    void aMappingWhoseStateIsNotToldIsKept() {
        assertThat(ColdPages.unwritten(List.of("10000-20000 r--p 00000000 fe:00 11 /lib/cache.aot", "Size: 64 kB")))
                .isEmpty();
    }

    @Test
    void whatWasLetGoIsThereAgainWhenItIsRead(@TempDir Path folder) throws Exception {
        assumeThat(Files.isReadable(Path.of("/proc/self/smaps"))).isTrue();
        Path file = Files.write(folder.resolve("file"), new byte[] {1, 2, 3});
        try (FileChannel channel = FileChannel.open(file)) {
            MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, 3);
            assertThat(mapped.get(2)).isEqualTo((byte) 3);

            assertThat(ColdPages.letGo()).isGreaterThan(1 << 20);

            assertThat(mapped.get(2)).isEqualTo((byte) 3);
        }
    }
}
