package dev.weft.proxy.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Ends the test run with a failure where Netty found a buffer that nobody released.
 *
 * <p>Thread-safe. Registered for every run through {@code META-INF/services}; the detector must be in place before Netty's buffer
 * classes are loaded.
 */
public final class LeakGuard implements LauncherSessionListener {
    private static final int EXIT_CODE = 86;
    private static final Path REPORT = Path.of("target", "leaks.txt");

    private final Queue<String> leaks = new ConcurrentLinkedQueue<>();

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
            @Override
            @Deprecated
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(
                    Class<T> resource, int samplingInterval, long maxActive) {
                return new Detector<>(resource, Math.toIntExact(Math.min(maxActive, samplingInterval)));
            }

            @Override
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int samplingInterval) {
                return new Detector<>(resource, samplingInterval);
            }
        });
    }

    /** A session's end cannot fail the run by an exception, so the process ends with a code that the build takes for failure. */
    @Override
    public void launcherSessionClosed(LauncherSession session) {
        for (int i = 0; i < 3 && leaks.isEmpty(); i++) {
            System.gc();
            report();
        }
        if (!leaks.isEmpty()) {
            // Not System.err, which belongs to Surefire: what it was told is lost with the process.
            try (PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, UTF_8)) {
                err.println("LEAK: see " + REPORT.toAbsolutePath());
                Files.writeString(REPORT, String.join("\n\n", leaks));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                Runtime.getRuntime().halt(EXIT_CODE);
            }
        }
    }

    /** A detector looks for what the collector found only when it is asked to track something new. */
    private static void report() {
        for (int i = 0; i < 16; i++) {
            ByteBuf buffer = PooledByteBufAllocator.DEFAULT.buffer(16);
            buffer.release();
        }
    }

    private final class Detector<T> extends ResourceLeakDetector<T> {
        Detector(Class<T> resource, int samplingInterval) {
            super(resource, samplingInterval);
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String resourceType, String records) {
            leaks.add(resourceType + records);
        }

        @Override
        protected void reportUntracedLeak(String resourceType) {
            leaks.add(resourceType);
        }
    }
}
