package dev.weft.sidecar.xds;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads files and remembers what it read, so that it can be asked whether something of that has changed: certificates are renewed
 * where they lie. Whole texts are compared and not times, which a copy may keep and a symbolic link hides.
 *
 * <p>Thread-safe.
 */
public final class WatchedFiles implements FileText {
    private final FileText files;

    /** By path, as last given to a reader. Guarded by this. */
    private final Map<String, String> read = new HashMap<>();

    public WatchedFiles(FileText files) {
        this.files = files;
    }

    @Override
    public synchronized String read(String path) throws IOException {
        String text = files.read(path);
        read.put(path, text);
        return text;
    }

    /** Whether a file has another text than when it was read last. One that is gone or cannot be read has not changed. */
    public synchronized boolean haveChanged() {
        return read.entrySet().stream().anyMatch(file -> {
            try {
                return !files.read(file.getKey()).equals(file.getValue());
            } catch (IOException unreadable) {
                return false; // being replaced, as a rule: what was read from it is still served
            }
        });
    }
}
