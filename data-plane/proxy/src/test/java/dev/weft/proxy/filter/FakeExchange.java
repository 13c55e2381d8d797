package dev.weft.proxy.filter;

import dev.weft.balance.Address;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.route.HeaderOps;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Random;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** An exchange that remembers what filters did to it. */
final class FakeExchange implements Passage {
    static final long SEED = 7;

    private final RequestHead request = new RequestHead();
    private final Random random = new Random(SEED);
    private @Nullable ProxyFailure failure;
    private @Nullable ResponseHead response;

    @Override
    public EventLoop loop() {
        throw new UnsupportedOperationException("no loop");
    }

    @Override
    public Connection connection() {
        throw new UnsupportedOperationException("no connection");
    }

    @Override
    public RequestHead request() {
        return request;
    }

    @Override
    public @Nullable ResponseHead response() {
        return response;
    }

    @Override
    public @Nullable String route() {
        return null;
    }

    @Override
    public void reroute() {}

    @Override
    public boolean isRerouted() {
        return false;
    }

    @Override
    public @Nullable ClusterName cluster() {
        return null;
    }

    @Override
    public void cluster(ClusterName name) {}

    @Override
    public @Nullable Protocol upstreamProtocol() {
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
    public @Nullable ProxyFailure failure() {
        return failure;
    }

    @Override
    public String peerAddress() {
        return "10.0.0.1";
    }

    @Override
    public String clientAddress() {
        return "10.0.0.1";
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
    public long startMillis() {
        return 0;
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
    public @Nullable String failureFlag() {
        return null;
    }

    @Override
    public @Nullable String failureLabel() {
        return null;
    }

    @Override
    public HeaderOps headerRules() {
        return HeaderOps.NONE;
    }

    @Override
    public RandomGenerator random() {
        return random;
    }

    @Override
    public boolean isOver() {
        return failure != null || response != null;
    }

    @Override
    public void respond(int status, String contentType, ByteBuf body) {
        response = new ResponseHead().status(status);
        body.release();
    }

    @Override
    public void respond(ResponseHead head, ByteBuf body) {
        response = head;
        body.release();
    }

    @Override
    public void fail(ProxyFailure cause) {
        failure = cause;
    }

    @Override
    public Next awaitRequest(long maxBytes) {
        return Next.WAIT;
    }

    @Override
    public @Nullable SideRequest send(ClusterName cluster, RequestHead head, boolean end, Duration timeout) {
        return null;
    }

    @Override
    public Next ask(ClusterName cluster, RequestHead head, ByteBuf body, Duration timeout, Consumer<Answer> then) {
        body.release();
        return Next.WAIT;
    }

    @Override
    public void prefer(Address endpoint) {}

    @Override
    public void timeout(Duration limit) {}

    @Override
    public <T> @Nullable T get(RequestKey<T> key) {
        return null;
    }

    @Override
    public <T> void put(RequestKey<T> key, T value) {}

    @Override
    public void proceed() {}
}
