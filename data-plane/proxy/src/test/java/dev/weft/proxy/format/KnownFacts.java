package dev.weft.proxy.format;

import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.ClusterName;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A request of which everything is known: it was routed, tried twice and answered. */
public class KnownFacts implements RequestFacts {
    private final RequestHead request;
    private final ResponseHead response = new ResponseHead().status(201);

    public KnownFacts(RequestHead request) {
        this.request = request;
        response.headers().add("x-answer", "42");
    }

    @Override
    public Connection connection() {
        return new Connection(
                new EmbeddedChannel(),
                new InetSocketAddress("10.0.0.1", 4000),
                new InetSocketAddress("2001:db8::1", 443),
                Protocol.HTTP_1_1,
                true,
                "web.example",
                "spiffe://mesh/web");
    }

    @Override
    public RequestHead request() {
        return request;
    }

    @Override
    public String routedPath() {
        return "/routed";
    }

    @Override
    public String routedAuthority() {
        return "web";
    }

    @Override
    public ResponseHead response() {
        return response;
    }

    @Override
    public String route() {
        return "r";
    }

    @Override
    public ClusterName cluster() {
        return new ClusterName("c");
    }

    @Override
    public String endpoint() {
        return "[2001:db8::2]:8080";
    }

    @Override
    public InetSocketAddress upstreamLocal() {
        return new InetSocketAddress("2001:db8::1", 40_000);
    }

    @Override
    public long upstreamNanos() {
        return 11_900_000;
    }

    @Override
    public int tries() {
        return 2;
    }

    @Override
    public String peerAddress() {
        return "10.0.0.1";
    }

    @Override
    public String clientAddress() {
        return "192.0.2.9";
    }

    @Override
    public long startMillis() {
        return 1_795_444_501_007L;
    }

    @Override
    public long elapsedNanos() {
        return 12_900_000;
    }

    @Override
    public long receivedBytes() {
        return 5;
    }

    @Override
    public long sentBytes() {
        return 7;
    }

    @Override
    public @Nullable String failureFlag() {
        return null;
    }

    @Override
    public @Nullable String failureLabel() {
        return null;
    }
}
