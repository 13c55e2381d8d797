package dev.weft.sidecar.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weft.sidecar.live.Accepted;
import dev.weft.sidecar.live.HandCrankedTimers;
import dev.weft.sidecar.live.Received;
import dev.weft.sidecar.xds.ResourceType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LastGoodFileTest {
    private static final Accepted WEB =
            new Accepted(ResourceType.CLUSTER, "web", "7", ByteString.copyFromUtf8("cluster"), "value");
    private static final Accepted ROUTES =
            new Accepted(ResourceType.ROUTES, "r", "8", ByteString.copyFromUtf8("routes"), "value");

    @TempDir
    private Path directory = Path.of("");

    private LastGoodFile file = new LastGoodFile(directory);

    @BeforeEach
    void open() {
        file = new LastGoodFile(directory.resolve("node"));
    }

    @Test
    void whatWasWrittenIsRead() throws Exception {
        file.write(List.of(WEB, ROUTES));

        assertThat(file.read())
                .containsExactly(
                        new Received("web", "7", ResourceType.CLUSTER.typeUrl(), WEB.bytes()),
                        new Received("r", "8", ResourceType.ROUTES.typeUrl(), ROUTES.bytes()));
    }

    @Test
    void onlyTheOwnerMayReadIt() throws Exception {
        file.write(List.of(WEB));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("node/last-good"))))
                .isEqualTo("rw-------");
    }

    @Test
    void aMissingFileIsNoConfiguration() {
        assertThat(file.read()).isEmpty();
    }

    @Test
    void aDamagedFileIsIgnoredWhereverTheDamageIs() throws Exception {
        file.write(List.of(WEB, ROUTES));
        Path path = directory.resolve("node/last-good");
        byte[] good = Files.readAllBytes(path);

        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 0x40;
            Files.write(path, bad);
            assertThat(file.read()).as("byte %d", i).isEmpty();
        }
        for (int length = 0; length < good.length; length++) {
            Files.write(path, java.util.Arrays.copyOf(good, length));
            assertThat(file.read()).as("length %d", length).isEmpty();
        }
    }

    @Test
    void aWriteThatWasInterruptedLeavesTheOldFile() throws Exception {
        file.write(List.of(WEB));
        Files.writeString(directory.resolve("node/last-good.next"), "half of a new one");

        assertThat(file.read()).hasSize(1);
        file.write(List.of(WEB, ROUTES));
        assertThat(file.read()).hasSize(2);
    }

    @Test
    void aBurstOfChangesIsWrittenOnce() {
        HandCrankedTimers timers = new HandCrankedTimers();
        List<Runnable> disk = new ArrayList<>();
        LastGoodWriter writer = new LastGoodWriter(file, timers, disk::add, () -> List.of(WEB));

        for (int i = 0; i < 10; i++) {
            writer.changed();
        }
        timers.pass(Duration.ofSeconds(1));

        assertThat(disk).hasSize(1);
        disk.getFirst().run();
        assertThat(file.read()).hasSize(1);
    }
}
