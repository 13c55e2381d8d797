package dev.weft.sidecar.xds.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a refused field is called. */
class FieldNamesTest {
    private static final String CLUSTER = "envoy.config.cluster.v3.Cluster";

    @Test
    void aFieldHasTheNameThatEnvoyGaveIt() {
        assertThat(FieldNames.of(CLUSTER, 4)).isEqualTo("connect_timeout");
    }

    @Test
    void aFieldThatNobodyKnowsHasItsNumber() {
        assertThat(FieldNames.of(CLUSTER, 9999)).isEqualTo("field 9999");
        assertThat(FieldNames.of("envoy.config.NoSuchMessage", 1)).isEqualTo("field 1");
    }

    @Test
    void aProcessOfTheDistributionFindsMessagesInTheFolderOfItsJars(@TempDir Path home) throws IOException {
        Path jar = Files.createDirectories(home.resolve("lib")).resolve("messages.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new JarEntry("only-in-the-distribution"));
        }
        assertThat(FieldNames.Generated.loader(home.toString()).getResource("only-in-the-distribution"))
                .isNotNull();
    }

    @Test
    void aProcessWithoutADistributionHasItsOwnClasses() {
        assertThat(FieldNames.Generated.loader(null)).isSameAs(FieldNames.class.getClassLoader());
    }
}
