package dev.weft.proxy.forward;

import dev.weft.proxy.failure.FailureAnswer;
import dev.weft.proxy.format.RequestFacts;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.ClusterName;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What is known of a head that the codec could not read. Immutable. */
record RefusedFacts(
        Connection connection, String peerAddress, RequestHead request, ResponseHead response, long startMillis)
        implements RequestFacts {
    static RefusedFacts of(Connection connection, String peerAddress, int status) {
        RequestHead unread =
                new RequestHead().method("-").authority("-").path("-").scheme(connection.tls() ? "https" : "http");
        return new RefusedFacts(
                connection, peerAddress, unread, new ResponseHead().status(status), System.currentTimeMillis());
    }

    @Override
    public String routedPath() {
        return request.path();
    }

    @Override
    public String routedAuthority() {
        return request.authority();
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
        return FailureAnswer.ofRefusal(response.status()).flag();
    }

    @Override
    public String failureLabel() {
        return FailureAnswer.ofRefusal(response.status()).label();
    }
}
