package dev.weft.sidecar.state;

import dev.weft.sidecar.live.Accepted;
import dev.weft.sidecar.live.Timers;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the last good configuration a moment after it changed, once for a burst of changes. {@link #changed} is confined to the
 * configuration's thread; the disk is touched on {@code disk} only.
 */
public final class LastGoodWriter {
    private static final Logger LOG = LoggerFactory.getLogger(LastGoodWriter.class);
    private static final Duration SETTLE = Duration.ofMillis(300);

    private final LastGoodFile file;
    private final Timers timers;
    private final Executor disk;
    private final Supplier<List<Accepted>> resources;
    private boolean scheduled;
    private boolean failed;

    /**
     * @param disk runs one task at a time
     * @param resources asked on the configuration's thread
     */
    public LastGoodWriter(LastGoodFile file, Timers timers, Executor disk, Supplier<List<Accepted>> resources) {
        this.file = file;
        this.timers = timers;
        this.disk = disk;
        this.resources = resources;
    }

    public void changed() {
        if (!scheduled) {
            scheduled = true;
            timers.after(SETTLE, this::write);
        }
    }

    private void write() {
        scheduled = false;
        List<Accepted> now = resources.get();
        disk.execute(() -> {
            try {
                file.write(now);
                failed = false;
            } catch (IOException e) {
                // A full disk must not fill the log too: told once until a write succeeds again.
                if (!failed) {
                    LOG.warn("last good configuration: not written ({})", e.toString());
                }
                failed = true;
            }
        });
    }
}
