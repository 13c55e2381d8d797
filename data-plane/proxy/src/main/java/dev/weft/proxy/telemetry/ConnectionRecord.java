package dev.weft.proxy.telemetry;

import org.jspecify.annotations.Nullable;

/**
 * What an access-log line says of one ended opaque connection.
 *
 * <p>Confined to its event loop, which has one and fills it again for each connection.
 */
@SuppressWarnings("NullAway.Init") // every field is set before each use, by whoever ends a connection
public final class ConnectionRecord {
    public String listener;
    public String peer;

    /** SNI, whether TLS ended here or was carried on. */
    public @Nullable String serverName;

    public long receivedBytes;
    public long sentBytes;
    public long durationNanos;
    public @Nullable String cluster;
    public @Nullable String upstream;
    public int tries;
    public @Nullable String failureFlag;
    public @Nullable String failureReason;
}
