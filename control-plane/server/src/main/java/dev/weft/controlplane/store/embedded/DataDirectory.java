package dev.weft.controlplane.store.embedded;

import dev.weft.controlplane.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a store, held by one process at a time. Thread-safe: immutable after opening.
 *
 * <p>SQLite would let two processes share the file; their watches and leases would not see each other's changes, hence the lock.
 */
final class DataDirectory implements AutoCloseable {
    private final Path path;
    private final FileChannel lockFile;

    private DataDirectory(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /** Creates it where it is missing, and locks it; {@link StoreException.OpenFailed} where another process has it. */
    static DataDirectory open(Path directory) {
        Path path = directory.toAbsolutePath().normalize();
        FileChannel lockFile = null;
        try {
            Files.createDirectories(path);
            lockFile = FileChannel.open(
                    path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (tryLock(lockFile) == null) {
                String owner = pidIn(lockFile);
                lockFile.close();
                throw new StoreException.OpenFailed("data directory " + path + ": in use by process " + owner
                        + " (stop that one, or give this one a directory of its own)");
            }
            writePid(lockFile);
            return new DataDirectory(path, lockFile);
        } catch (AccessDeniedException e) {
            throw failed(path, "no permission (" + e.getFile() + ")", lockFile);
        } catch (IOException e) {
            throw failed(path, e.toString(), lockFile);
        }
    }

    Path path() {
        return path;
    }

    Path database() {
        return path.resolve("weft.db");
    }

    /** Where SQLite's native library is unpacked: as safe and as executable as the data itself, unlike a shared /tmp. */
    Path nativeLibrary() {
        return path.resolve("native");
    }

    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException e) {
            throw new StoreException.Unavailable("data directory " + path + ": the lock could not be released: " + e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException thisProcessHasIt) {
            return null;
        }
    }

    private static String pidIn(FileChannel file) throws IOException {
        ByteBuffer pid = ByteBuffer.allocate(20);
        file.read(pid, 0);
        return StandardCharsets.US_ASCII.decode(pid.flip()).toString().strip();
    }

    private static void writePid(FileChannel file) throws IOException {
        try {
            file.truncate(0);
            file.write(StandardCharsets.US_ASCII.encode(ProcessHandle.current().pid() + "\n"), 0);
        } catch (IOException full) {
            // On a full disk the lock still holds, and the store must open to serve reads: only the pid is not told.
            file.truncate(0);
        }
    }

    private static StoreException.OpenFailed failed(Path path, String why, @Nullable FileChannel lockFile) {
        StoreException.OpenFailed failure =
                new StoreException.OpenFailed("data directory " + path + ": cannot be opened: " + why);
        if (lockFile != null) {
            try {
                lockFile.close();
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
        return failure;
    }
}
