package dev.weft.proxy.http;

/** Receives a response. What {@link StreamHandler} says holds; heads are the codec's and valid until the stream's end. */
public interface ClientStreamHandler extends StreamHandler {
    /** A 1xx other than 101; any number before the head. */
    void informational(ResponseHead head);

    void head(ResponseHead head, boolean end);
}
