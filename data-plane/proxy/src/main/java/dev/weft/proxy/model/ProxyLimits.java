package dev.weft.proxy.model;

/**
 * What bounds a proxy's memory. Immutable.
 *
 * @param maxConnections downstream connections open at once, 0 for no limit; what comes beyond is closed unserved
 * @param writeBufferBytes what one connection may have unsent before whoever writes to it is told to wait
 * @param replayBytes what of a request's body is kept for a repetition where its route has no retry policy
 * @param shedShare from this share of the process's memory on, for buffers or of the heap, new requests are answered with 503
 */
public record ProxyLimits(int maxConnections, int writeBufferBytes, int replayBytes, double shedShare) {}
