package dev.weft.sidecar;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets go of memory that only repeats what files hold, and that was needed once: half of a process at rest is the read-only part of
 * the AOT cache and the code of {@code libjvm}, nearly all of it touched by the start, by a compiler that has finished, or because
 * the kernel maps sixteen pages where one is asked for. What is used again is mapped again out of the kernel's own cache, which
 * keeps it and shares it among processes: a microsecond for sixteen pages, and nothing is read from a disk.
 *
 * <p>Only mappings are touched that cannot be written to and of which no page differs from its file: from those nothing can get
 * lost (madvise(2), {@code MADV_DONTNEED}). Does nothing where there is no Linux. Stateless.
 */
final class ColdPages {
    private static final Logger LOG = LoggerFactory.getLogger(ColdPages.class);
    private static final Path MAPPINGS = Path.of("/proc/self/smaps");
    private static final int MADV_DONTNEED = 4;
    private static final String DIFFERING = "Anonymous:";

    /** Addresses of the process, the end excluded. */
    record Range(long start, long end) {}

    private ColdPages() {}

    /** Returns how many bytes of address space were let go of, 0 where that is not possible here. */
    static long letGo() {
        if (!Files.isReadable(MAPPINGS)) {
            return 0;
        }
        try {
            long total = 0;
            for (Range range : unwritten(Files.readAllLines(MAPPINGS))) {
                total += Madvise.dontNeed(range) ? range.end - range.start : 0;
            }
            return total;
        } catch (IOException | IllegalCallerException unable) {
            LOG.debug("memory of files stays mapped: {}", unable.toString());
            return 0;
        }
    }

    /** The mappings in the text of proc_pid_smaps(5) whose pages are all those of a file, and stay so. */
    static List<Range> unwritten(List<String> lines) {
        List<Range> found = new ArrayList<>();
        @Nullable Range candidate = null;
        for (String line : lines) {
            if (!line.isEmpty() && isHexDigit(line.charAt(0))) {
                candidate = candidate(line);
            } else if (candidate != null && line.startsWith(DIFFERING)) {
                if (line.substring(DIFFERING.length()).strip().equals("0 kB")) {
                    found.add(candidate);
                }
                candidate = null;
            }
        }
        return found;
    }

    /** Of a line such as {@code 7f00-7f10 r-xp 00000000 fe:00 1234    /a/file}; null where it can be written to or has no file. */
    private static @Nullable Range candidate(String line) {
        int dash = line.indexOf('-');
        int space = line.indexOf(' ');
        int file = line.indexOf('/');
        if (dash < 0 || space < dash || file < 0 || line.substring(space, file).contains("w")) {
            return null;
        }
        return new Range(Long.parseUnsignedLong(line, 0, dash, 16), Long.parseUnsignedLong(line, dash + 1, space, 16));
    }

    private static boolean isHexDigit(char c) {
        return Character.digit(c, 16) >= 0 && !Character.isUpperCase(c);
    }

    /** Linked at its first use, which a start does not wait for. */
    @SuppressWarnings("restricted") // the launcher grants native access, as Netty needs it too
    private static final class Madvise {
        private static final MethodHandle CALL = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow("madvise"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT));

        static boolean dontNeed(Range range) {
            try {
                return (int) CALL.invokeExact(range.start, range.end - range.start, MADV_DONTNEED) == 0;
            } catch (Error | RuntimeException unexpected) {
                throw unexpected;
            } catch (Throwable impossible) { // a call of C throws nothing
                throw new IllegalStateException(impossible);
            }
        }
    }
}
