package dev.weft.proxy.http;

/** What a server connection calls for each request: the entrance to everything past the codecs. Called on the event loop. */
public interface RequestAcceptor {
    /**
     * A request has begun.
     *
     * @param stream to answer on
     * @param head valid until the stream's end
     * @param end whether the request has no body and no trailers
     * @return who receives the rest of the request
     */
    StreamHandler accept(ServerStream stream, RequestHead head, boolean end);

    /**
     * A request never came to be, because its head is malformed, too large or too slow, and it can be answered.
     *
     * @param status what the codec would answer
     * @param reason in ASCII
     * @return what it answers
     */
    default Refusal refuse(Connection connection, int status, String reason) {
        return Refusal.of(status, reason);
    }

    /** The same where it cannot be answered: its connection or stream just ends. For logs and metrics. */
    default void refused(Connection connection, int status, String reason) {}

    /** The connection is closed because no request came in its idle time. For metrics. */
    default void idled() {}
}
