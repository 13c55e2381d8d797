package dev.weft.proxy.http;

/**
 * The head of a response, the same for every version; what {@link RequestHead} says of framing fields holds here too.
 *
 * <p>Confined to its stream's event loop and mutable.
 */
public final class ResponseHead {
    private int status = 200;
    private final Headers headers;

    public ResponseHead() {
        this(new Headers());
    }

    /** @param headers empty */
    public ResponseHead(Headers headers) {
        this.headers = headers;
    }

    /** 100 to 599. A switch of protocols is 101 on either version. */
    public int status() {
        return status;
    }

    public ResponseHead status(int status) {
        this.status = status;
        return this;
    }

    public Headers headers() {
        return headers;
    }

    public void clear() {
        status = 200;
        headers.clear();
    }
}
