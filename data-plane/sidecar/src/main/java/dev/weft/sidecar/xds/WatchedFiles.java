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

    /** By path, as last read. Guarded by this. */
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

    /**
     * Whether a file has another text than when it was read or asked after last: once for each change, for whoever is told may have no
     * use for it. One that is gone or cannot be read has not changed.
     */
    public synchronized boolean haveChanged() {
        boolean changed = false;
        for (Map.Entry<String, String> file : read.entrySet()) {
            String text = textOr(file.getValue(), file.getKey());
            changed |= !text.equals(file.getValue());
            file.setValue(text);
        }
        return changed;
    }

    /** What cannot be read is being replaced, as a rule: what was read from it is still served. */
    private String textOr(String before, String path) {
        try {
            return files.read(path);
        } catch (IOException unreadable) {
            return before;
        }
    }
}
