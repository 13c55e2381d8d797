package dev.weft.sidecar;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that lines are added to, and that may be moved or deleted under us, as those who rotate logs do: within a second a new
 * one is opened at its path. They need not tell us; and one that is truncated instead is written from its new end on.
 *
 * <p>Confined to the thread that writes.
 */
final class AccessLogFile extends OutputStream {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLogFile.class);
    private static final long LOOK_AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

    private final Path path;
    private final LongSupplier nanoTime;
    private OutputStream out;

    /** Which file it is, whatever its name; null where the file system cannot tell. */
    private @Nullable Object key;

    private long lookedAt;
    private boolean missed;

    /**
     * @throws IOException where it cannot be opened
     */
    AccessLogFile(Path path, LongSupplier nanoTime) throws IOException {
        this.path = path;
        this.nanoTime = nanoTime;
        try {
            this.out = opened();
        } catch (IOException e) {
            throw new IOException("access log " + path + ": cannot be opened (" + why(e) + ")", e);
        }
        this.key = keyAtPath();
        this.lookedAt = nanoTime.getAsLong();
    }

    /** What the system says, where it says something. */
    private static String why(IOException failed) {
        String reason = failed instanceof FileSystemException told ? told.getReason() : null;
        return reason == null ? failed.getClass().getSimpleName() : reason;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        long now = nanoTime.getAsLong();
        if (now - lookedAt >= LOOK_AGAIN_NANOS) {
            lookedAt = now;
            follow();
        }
        out.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /** Opens anew what is another file now; where that cannot be, lines go on into the old one. */
    private void follow() {
        Object found = keyAtPath();
        if (found != null && found.equals(key)) {
            missed = false;
            return;
        }
        OutputStream next;
        try {
            next = opened();
        } catch (IOException e) {
            if (!missed) {
                LOG.warn("access log {}: moved or deleted, and cannot be opened anew: {}", path, e.toString());
            }
            missed = true;
            return;
        }
        OutputStream before = out;
        out = next;
        key = keyAtPath();
        missed = false;
        try {
            before.close();
        } catch (IOException e) { // its disk is full, for instance
            LOG.warn("access log {}: the last lines of the file before are lost: {}", path, e.getMessage());
        }
    }

    private OutputStream opened() throws IOException {
        return new BufferedOutputStream(
                Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    }

    private @Nullable Object keyAtPath() {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (IOException absent) {
            return null;
        }
    }
}
