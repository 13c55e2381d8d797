package dev.weft.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The distribution that this program is part of. Immutable.
 *
 * @param home the folder that holds {@code bin}, {@code lib} and {@code examples}
 * @param caches where roles write AOT caches when they end; empty for roles that do not
 */
record Distribution(Path home, Optional<Path> caches) {
    /** Tells the launcher to make an AOT cache of what the process runs. */
    static final String CACHE_OUTPUT = "WEFT_AOT_OUTPUT";

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

    Distribution writingCachesTo(Path folder) {
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
        return caches.map(folder -> Map.of(
                        "JAVA_HOME",
                        java,
                        CACHE_OUTPUT,
                        folder.resolve(role + ".aot").toString()))
                .orElse(Map.of("JAVA_HOME", java));
    }
}
