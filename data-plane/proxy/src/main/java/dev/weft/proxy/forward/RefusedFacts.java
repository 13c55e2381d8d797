package dev.weft.proxy.forward;

import dev.weft.proxy.failure.FailureAnswer;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.ClusterName;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What is known of a head that the codec could not read. Confined to its connection's event loop. */
final class RefusedFacts implements LocalReplies.Subject {
    private final Connection connection;
    private final String peerAddress;
    private final RequestHead unread;
    private final ResponseHead response;
    private final FailureAnswer failure;
    private final long startMillis = System.currentTimeMillis();
    private @Nullable String localReplyBody;

    /**
     * @param response with the status that the codec gives it
     */
    RefusedFacts(Connection connection, String peerAddress, ResponseHead response) {
        this.connection = connection;
        this.peerAddress = peerAddress;
        this.unread =
                new RequestHead().method("-").authority("-").path("-").scheme(connection.tls() ? "https" : "http");
        this.response = response;
        this.failure = FailureAnswer.ofRefusal(response.status());
    }

    /** It may have been a CONNECT. */
    @Override
    public boolean takesForTunnel(int status) {
        return status / 100 == 2;
    }

    @Override
    public void localReplyBody(String text) {
        localReplyBody = text;
    }

    @Override
    public @Nullable String localReplyBody() {
        return localReplyBody;
    }

    @Override
    public Connection connection() {
        return connection;
    }

    @Override
    public RequestHead request() {
        return unread;
    }

    @Override
    public ResponseHead response() {
        return response;
    }

    @Override
    public String peerAddress() {
        return peerAddress;
    }

    @Override
    public long startMillis() {
        return startMillis;
    }

    @Override
    public String routedPath() {
        return unread.path();
    }

    @Override
    public String routedAuthority() {
        return unread.authority();
    }

    @Override
    public @Nullable String route() {
        return null;
    }

    @Override
    public @Nullable ClusterName cluster() {
        return null;
    }

    @Override
    public @Nullable String endpoint() {
        return null;
    }

    @Override
    public @Nullable InetSocketAddress upstreamLocal() {
        return null;
    }

    @Override
    public long upstreamNanos() {
        return -1;
    }

    @Override
    public int tries() {
        return 0;
    }

    @Override
    public String clientAddress() {
        return peerAddress;
    }

    @Override
    public long elapsedNanos() {
        return 0;
    }

    @Override
    public long receivedBytes() {
        return 0;
    }

    @Override
    public long sentBytes() {
        return 0;
    }

    @Override
    public String failureFlag() {
        return failure.flag();
    }

    @Override
    public String failureLabel() {
        return failure.label();
    }
}
