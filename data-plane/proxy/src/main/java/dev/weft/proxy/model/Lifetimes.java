package dev.weft.proxy.model;

import java.time.Duration;

/**
 * How long connections and streams of HTTP may live, on either side.
 *
 * @param connection no new streams on a connection after it, which then ends when its streams have; zero for no limit
 * @param requests how many streams a connection is for, as {@link #connection}; 0 for no limit. A client may have sent some more
 *     over HTTP/2 before it knows, and they are served
 * @param stream a stream is ended after it, whatever it is at; zero for no limit
 */
public record Lifetimes(Duration connection, int requests, Duration stream) {
    public static final Lifetimes UNLIMITED = new Lifetimes(Duration.ZERO, 0, Duration.ZERO);

    public Lifetimes {
        Check.notNegative(connection, "max_connection_duration");
        Check.range(requests, 0, Integer.MAX_VALUE, "max_requests_per_connection");
        Check.notNegative(stream, "max_stream_duration");
    }
}
