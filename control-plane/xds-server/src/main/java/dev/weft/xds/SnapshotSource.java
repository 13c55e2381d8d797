package dev.weft.xds;

import org.jspecify.annotations.Nullable;

/**
 * Thread-safe: called from every stream's thread. Decides which snapshots a client is served.
 *
 * @see SnapshotGroups
 */
public interface SnapshotSource {
    /**
     * Called once per stream, when its node is known.
     *
     * @param changed to be run, on any thread and without a lock held, whenever {@link Subscription#latest} has a new
     *     answer; it returns at once
     * @throws io.grpc.StatusRuntimeException to refuse the client; it ends the stream with that status
     */
    Subscription open(XdsClient client, Runnable changed);

    /**
     * The revision up to which every change has been published to every snapshot that it touches: a client with
     * nothing outstanding is live at this revision, also when its own snapshot is older.
     */
    long settledRevision();

    /** Thread-safe. One stream's view of its snapshots. */
    interface Subscription extends AutoCloseable {
        /** What is to be served now, or null while that is not known yet; the stream then waits. */
        @Nullable
        Publication latest();

        /** Called once, when the stream is gone. */
        @Override
        void close();
    }
}
