package dev.weft.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The distribution that this program is part of. Immutable.
 *
 * @param home the folder that holds {@code bin}, {@code lib} and {@code examples}
 * @param records where roles leave, when they end, what an AOT cache is made of; empty for roles that do not
 */
record Distribution(Path home, Optional<Path> records) {
    /** Tells the launcher to record what the process runs, and where. */
    static final String RECORD = "WEFT_AOT_RECORD";

    /**
     * The one whose launcher started this program.
     *
     * @throws IllegalStateException where none did
     */
    static Distribution running() {
        return Optional.ofNullable(System.getProperty("weft.home"))
                .map(home -> new Distribution(Path.of(home), Optional.empty()))
                .filter(distribution -> Files.isExecutable(distribution.launcher()))
                .orElseThrow(() -> new IllegalStateException(
                        "-Dweft.home is not a distribution of Weft (expected: started by its bin/weft)"));
    }

    Distribution recordingTo(Path folder) {
        return new Distribution(home, Optional.of(folder));
    }

    Path launcher() {
        return home.resolve("bin", "weft");
    }

    Path example(String file) {
        return home.resolve("examples", file);
    }

    /** What a process of that role has in its environment: the Java that runs this program, too. */
    Map<String, String> environment(String role) {
        String java = System.getProperty("java.home");
        return records.map(folder -> Map.of(
                        "JAVA_HOME",
                        java,
                        RECORD,
                        folder.resolve(role + ".aot.config").toString()))
                .orElse(Map.of("JAVA_HOME", java));
    }
}
