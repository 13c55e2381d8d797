package dev.weft.proxy.listener;

import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Refusal;
import dev.weft.proxy.http.RequestAcceptor;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ServerConnection;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.model.Lifetimes;
import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * Drains a connection once it has had its time, or as many requests as it is for: clients that stay for ever would never be balanced
 * anew. It stands before who takes the requests, so that connections without such limits have nothing of it.
 *
 * <p>Confined to the connection's event loop.
 */
final class ConnectionLife extends Deadline implements RequestAcceptor {
    private final Lifetimes limits;
    private final RequestAcceptor acceptor;
    private int requests;
    private @Nullable ServerConnection connection;

    private ConnectionLife(Lifetimes limits, RequestAcceptor acceptor) {
        this.limits = limits;
        this.acceptor = acceptor;
    }

    /** Null where a connection may live for ever. */
    static @Nullable ConnectionLife of(Lifetimes limits, RequestAcceptor acceptor) {
        return limits.connection().isZero() && limits.requests() == 0 ? null : new ConnectionLife(limits, acceptor);
    }

    void begin(ServerConnection served, Channel channel, LoopTimer timer) {
        connection = served;
        if (!limits.connection().isZero()) {
            timer.arm(this, limits.connection().toNanos());
            channel.closeFuture().addListener(closed -> timer.cancel(this));
        }
    }

    @Override
    public StreamHandler accept(ServerStream stream, RequestHead head, boolean end) {
        count(); // before it is answered, which may be at once
        return acceptor.accept(stream, head, end);
    }

    @Override
    public Refusal refuse(Connection facts, int status, String reason) {
        count();
        return acceptor.refuse(facts, status, reason);
    }

    @Override
    public void refused(Connection facts, int status, String reason) {
        count();
        acceptor.refused(facts, status, reason);
    }

    @Override
    public void idled() {
        acceptor.idled();
    }

    private void count() {
        requests++;
        if (requests == limits.requests()) {
            expired();
        }
    }

    @Override
    protected void expired() {
        if (connection != null) {
            connection.drain();
        }
    }
}
