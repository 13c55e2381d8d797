package dev.weft.proxy.model;

/**
 * What a listener adds to heads of its own accord.
 *
 * @param appendForwardedFor whether the peer's address is appended to {@code X-Forwarded-For} at the edge
 * @param overwriteServer whether {@code Server} is the listener's name whatever the origin says
 * @param keepRequestId whether an {@code X-Request-Id} that came along is kept though its sender is not trusted
 * @param requestIdInResponse whether the client is told the request's id
 */
public record HeaderHabits(
        boolean appendForwardedFor, boolean overwriteServer, boolean keepRequestId, boolean requestIdInResponse) {
    public static final HeaderHabits DEFAULT = new HeaderHabits(true, false, false, false);
}
