package dev.weft.proxy.telemetry;

import dev.weft.proxy.http.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * What an access-log line says of one ended request.
 *
 * <p>Confined to its event loop, which has one and fills it again for each request.
 */
@SuppressWarnings("NullAway.Init") // every field is set before each use, by whoever ends a request
public final class RequestRecord {
    public String listener;
    public String peer;
    public Protocol protocol;
    public String method;
    public String scheme;
    public String authority;
    public String path;

    /** 0 where there was no response. */
    public int status;

    public long receivedBytes;
    public long sentBytes;
    public long durationNanos;
    public @Nullable String route;
    public @Nullable String cluster;
    public @Nullable String upstream;
    public int tries;
    public @Nullable String requestId;
    public @Nullable String failureFlag;
    public @Nullable String failureReason;
}
