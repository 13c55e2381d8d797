package dev.weft.proxy.http;

import dev.weft.proxy.model.ClusterConfig;

/**
 * What one connection to an upstream is used for. Immutable.
 *
 * @param streams how many requests it is for, after which it closes; 0 for any number
 * @param fields the most of a response's head, and of its trailers
 */
public record StreamLimits(int streams, int fields) {
    public static final StreamLimits DEFAULT = new StreamLimits(0, ClusterConfig.MAX_RESPONSE_HEADERS);

    public static StreamLimits of(ClusterConfig cluster) {
        return new StreamLimits(cluster.lifetimes().requests(), cluster.maxResponseHeaders());
    }
}
