package dev.weft.proxy.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@link RequestPath} and {@link ResponsePath} under Jazzer, which keeps inputs that reach new code and mutates those. The build makes the same runs every
 * time; {@code -Dweft.fuzz=5m} makes new ones for so long. A finding's input is in the output, in Base64.
 */
class CoverageGuidedTest {
    private static final int RUNS = 30_000;
    private static final int SEEDS = 200;
    private static final String FOR_LONG = System.getProperty("weft.fuzz", "");

    @TempDir
    private Path directory = Path.of("");

    @Test
    void http1() throws Exception {
        fuzz(Http1Fuzzer.class, Mutations::http1);
    }

    @Test
    void http2() throws Exception {
        fuzz(Http2Fuzzer.class, Mutations::http2);
    }

    @Test
    void http1Responses() throws Exception {
        fuzz(Http1ResponseFuzzer.class, Mutations::http1Responses);
    }

    @Test
    void http2Responses() throws Exception {
        fuzz(Http2ResponseFuzzer.class, Mutations::http2Responses);
    }

    private void fuzz(Class<?> target, Function<Mutations, byte[]> seeds) throws IOException, InterruptedException {
        Path corpus = Files.createDirectory(directory.resolve("corpus"));
        for (int seed = 0; seed < SEEDS; seed++) {
            Files.write(corpus.resolve("seed-" + seed), seeds.apply(new Mutations(seed)));
        }
        Path log = directory.resolve("log");
        Process jazzer = new ProcessBuilder(command(target, corpus))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(jazzer.waitFor(limit().toSeconds(), TimeUnit.SECONDS))
                    .as(() -> end(log))
                    .isTrue();
            assertThat(jazzer.exitValue()).as(() -> end(log)).isZero();
        } finally {
            jazzer.destroyForcibly();
        }
        assertThat(end(log)).contains("Done ");
    }

    private static List<String> command(Class<?> target, Path corpus) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                // Jazzer watches Unsafe, and trips over Netty's.
                "-Dio.netty.noUnsafe=true",
                "-Dio.netty.leakDetection.level=disabled",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.getName(),
                "--instrumentation_includes=dev.weft.proxy.http.**",
                "-rss_limit_mb=3000"));
        if (FOR_LONG.isEmpty()) {
            command.addAll(List.of("-runs=" + RUNS, "-seed=1"));
        } else {
            command.add("-max_total_time=" + Duration.parse("PT" + FOR_LONG).toSeconds());
        }
        command.add(corpus.toString());
        return command;
    }

    private static Duration limit() {
        return FOR_LONG.isEmpty()
                ? Duration.ofMinutes(5)
                : Duration.parse("PT" + FOR_LONG).plusMinutes(5);
    }

    private static String end(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
