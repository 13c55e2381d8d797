package dev.weft.xds;

/**
 * Called on the thread that serves the stream concerned, in the order of its events and without a lock held. A slow
 * observer slows that stream alone.
 */
public interface XdsObserver {
    /** Hears nothing. */
    XdsObserver NONE = new XdsObserver() {};

    /** The stream's first request told its node, and the node was not refused. */
    default void opened(XdsClient client) {}

    default void closed(XdsClient client, StreamEnd end) {}

    /** The client accepted a response. */
    default void acked(XdsClient client, ResourceType type, long revision, String version) {}

    /** The client refused a response, for the reason it gave. */
    default void nacked(XdsClient client, ResourceType type, long revision, String version, String reason) {}

    /**
     * Everything up to {@code revision} that the client subscribes to is acknowledged. Told only to clients that had
     * something outstanding: the others are live as soon as {@link SnapshotSource#settledRevision} says so.
     */
    default void live(XdsClient client, long revision) {}
}
