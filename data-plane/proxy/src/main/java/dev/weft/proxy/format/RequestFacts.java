package dev.weft.proxy.format;

import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.ClusterName;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What can be said of a request, so far. Confined to the request's event loop. */
public interface RequestFacts {
    Connection connection();

    /** What is spoken, by its name; null where that is nothing we know. */
    default @Nullable String protocol() {
        return connection().protocol().text();
    }

    /** As filters, rewrites and header rules have made it by now. */
    RequestHead request();

    /** Path and query as they were routed, before a rewrite. */
    String routedPath();

    /** Host as it was routed, before a rewrite. */
    String routedAuthority();

    /** Null before there is one. */
    @Nullable
    ResponseHead response();

    /** The name of the rule that matched; null where none did. */
    @Nullable
    String route();

    /** Where it goes; null while that is not decided, and where the proxy answers by itself. */
    @Nullable
    ClusterName cluster();

    /** {@code host:port} of the last endpoint tried, or null. */
    @Nullable
    String endpoint();

    /** Our own end of the connection to that endpoint; null where there is none. */
    @Nullable
    InetSocketAddress upstreamLocal();

    /**
     * From the begin of the last try to the head of its response; negative while that is not there, and where no line is logged
     * that could tell of it.
     */
    long upstreamNanos();

    /** Tries so far, the running one included. */
    int tries();

    /** The address of whoever is connected, without its port. */
    String peerAddress();

    /** The client's address without its port, by the trust that the listener is configured with. */
    String clientAddress();

    /** When its head had come, in milliseconds since 1970. */
    long startMillis();

    /** Since then. */
    long elapsedNanos();

    /** Bytes of the request's body so far. */
    long receivedBytes();

    /** Bytes of the response's body so far. */
    long sentBytes();

    /** What the proxy says by itself, before that is brought into a form; null where it says nothing, or in no form. */
    default @Nullable String localReplyBody() {
        return null;
    }

    /** The access log's letters for what went wrong, or null. */
    @Nullable
    String failureFlag();

    /** The metrics' word for what went wrong, or null. */
    @Nullable
    String failureLabel();
}
