package dev.weft.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * {@code weft demo}: start a mesh in a temporary folder, send traffic, show it until a signal, end everything.
 *
 * <p>Exit codes: 0 no request failed, 1 some did or the mesh did not start, 64 wrong usage.
 */
@Command(
        name = "demo",
        description = {
            "A whole mesh on this machine: a control plane, a gateway, three instances of a service in two versions",
            "and a client, each with its sidecar. Sends traffic and shows what becomes of it. Ctrl-C ends all of it."
        },
        sortOptions = false,
        mixinStandardHelpOptions = true,
        usageHelpAutoWidth = true)
public final class Main implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int USAGE = 64;

    @Option(
            names = "--for",
            paramLabel = "DURATION",
            converter = RunLength.class,
            description = "Runs so long by itself, kills and revives an instance and the control plane, and tells the"
                    + " outcome: exit code 0 only if no request failed.")
    private @Nullable Duration length;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "text|json",
            defaultValue = "text",
            description = "Form of the outcome (default: ${DEFAULT-VALUE}).")
    private OutputForm output = OutputForm.TEXT;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "200",
            description = "Requests a second (default: ${DEFAULT-VALUE}).")
    private int rate;

    @Option(
            names = "--train",
            paramLabel = "DIR",
            hidden = true,
            description = "Writes what the AOT caches of the roles are made of, for the build of a distribution.")
    private @Nullable Path train;

    /** Forms of the outcome. */
    enum OutputForm {
        TEXT,
        JSON
    }

    private Main() {}

    public static void main(String... args) {
        // Before the classes that read them: answers without Nagle's delay, and a Host of the demo's own choice at the
        // gateway.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
        // A request that fails must be seen to fail.
        System.setProperty("jdk.httpclient.disableRetryConnect", "true");
        System.exit(new CommandLine(new Main())
                .setCommandName("weft demo")
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((e, _) -> usage(e))
                .execute(args));
    }

    @Override
    public Integer call() {
        if (rate < 1 || rate > 10_000) {
            System.err.println("error: --rate: " + rate + " (expected: 1 to 10000)");
            return USAGE;
        }
        CountDownLatch ended = new CountDownLatch(1);
        endOnSignal(ended);
        try {
            return run();
        } catch (InterruptedException _) {
            return 0; // the usual end: Ctrl-C
        } catch (IOException | RuntimeException e) {
            System.err.println("error: " + e.getMessage());
            return FAILED;
        } finally {
            ended.countDown();
        }
    }

    private int run() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("weft-demo-");
        try {
            Path records = train;
            if (records == null) {
                return demo(folder);
            }
            Training.run(Distribution.running(), folder, records);
            return 0;
        } finally {
            delete(folder);
        }
    }

    private int demo(Path folder) throws IOException, InterruptedException {
        try (DemoRun run = DemoRun.start(Distribution.running(), folder, rate)) {
            Optional<Duration> alone = Optional.ofNullable(length);
            if (alone.isEmpty()) {
                run.show();
                return 0;
            }
            Summary summary = run.playScript(alone.get());
            System.out.println(output == OutputForm.JSON ? summary.json() : summary.text());
            summary.failures().forEach(failure -> System.err.println("failed: " + failure));
            return summary.failed() == 0 ? 0 : FAILED;
        }
    }

    /** A signal interrupts what this thread does and waits until it has cleaned up. */
    private static void endOnSignal(CountDownLatch ended) {
        Thread running = Thread.currentThread();
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            if (ended.getCount() == 0) {
                                return;
                            }
                            running.interrupt();
                            try {
                                ended.await();
                            } catch (InterruptedException _) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "shutdown"));
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    private static int usage(ParameterException e) {
        e.getCommandLine().getErr().println("error: " + e.getMessage());
        e.getCommandLine().getErr().println("see: weft demo --help");
        return USAGE;
    }

    /** As people write it. */
    static final class RunLength implements CommandLine.ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            var parsed = dev.weft.api.validation.HumanUnits.parseDuration(text);
            Duration length = Duration.ofSeconds(parsed.getSeconds(), parsed.getNanos());
            if (length.compareTo(Duration.ofSeconds(1)) < 0) {
                throw new CommandLine.TypeConversionException(text + " (expected: at least 1s)");
            }
            return length;
        }
    }
}
