package dev.weft.proxy.http;

import org.jspecify.annotations.Nullable;

/**
 * The head of a request, the same for every version: method, scheme, authority, path and fields.
 *
 * <p>Confined to its stream's event loop and mutable, because filters rewrite it and a connection uses it again. Framing and
 * connection fields ({@code connection} and what it names, {@code transfer-encoding}, {@code keep-alive}, {@code
 * proxy-connection}, {@code upgrade}, {@code te} other than {@code trailers}) and {@code host} are taken out by the codec that
 * read the head and put in by the codec that writes it; {@code content-length} stays where the length is known.
 */
public final class RequestHead {
    private static final String CONNECT = "CONNECT";
    private static final String GRPC = "application/grpc";

    private String method = "GET";
    private String scheme = "http";
    private String authority = "";
    private String path = "/";
    private @Nullable String upgrade;
    private final Headers headers;

    public RequestHead() {
        this(new Headers());
    }

    /** @param headers empty */
    public RequestHead(Headers headers) {
        this.headers = headers;
    }

    public String method() {
        return method;
    }

    public RequestHead method(String method) {
        this.method = method;
        return this;
    }

    /** {@code http} or {@code https}, as the client sees it. */
    public String scheme() {
        return scheme;
    }

    public RequestHead scheme(String scheme) {
        this.scheme = scheme;
        return this;
    }

    /** Host with optional port; for absolute-form and HTTP/2 it has won over {@code Host} (RFC 9112, section 3.2.2). */
    public String authority() {
        return authority;
    }

    public RequestHead authority(String authority) {
        this.authority = authority;
        return this;
    }

    /** Origin-form path with its query, {@code *}, or for CONNECT the empty string. */
    public String path() {
        return path;
    }

    public RequestHead path(String path) {
        this.path = path;
        return this;
    }

    /**
     * The protocol that the client asks to switch to ({@code websocket}), or null. HTTP/1.1 {@code Upgrade} and HTTP/2 extended
     * CONNECT (RFC 8441) both arrive as a GET with this set, and both are answered by status 101. Such a head never ends its
     * request, and neither does CONNECT: opaque data may follow. Where the answer is not a switch, it ends the request too.
     */
    public @Nullable String upgrade() {
        return upgrade;
    }

    public RequestHead upgrade(@Nullable String protocol) {
        this.upgrade = protocol;
        return this;
    }

    public boolean isConnect() {
        return method.equals(CONNECT);
    }

    /** Whether it asks for a tunnel, by {@link #upgrade} or CONNECT. */
    public boolean asksForTunnel() {
        return upgrade != null || isConnect();
    }

    /** What the client wants to speak in a tunnel, {@code CONNECT} standing for anything; null where it asks for none. */
    public @Nullable String tunnelProtocol() {
        return isConnect() ? CONNECT : upgrade;
    }

    public Headers headers() {
        return headers;
    }

    /** Whether the request is gRPC, so that failures of the proxy answer as gRPC status. */
    public boolean isGrpc() {
        int i = headers.indexOf(HeaderName.CONTENT_TYPE, 0);
        if (i < 0 || headers.valueLength(i) < GRPC.length()) {
            return false;
        }
        byte[] bytes = headers.array();
        int at = headers.valueOffset(i);
        for (int k = 0; k < GRPC.length(); k++) {
            if (bytes[at + k] != GRPC.charAt(k)) {
                return false;
            }
        }
        return headers.valueLength(i) == GRPC.length()
                || bytes[at + GRPC.length()] == '+'
                || bytes[at + GRPC.length()] == ';';
    }

    public void clear() {
        method = "GET";
        scheme = "http";
        authority = "";
        path = "/";
        upgrade = null;
        headers.clear();
    }
}
