package dev.weft.proxy.forward;

import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Refusal;
import dev.weft.proxy.http.RequestAcceptor;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.listener.ServingChain;
import dev.weft.proxy.model.HttpOptions.AccessLog;
import dev.weft.proxy.telemetry.TrafficCounters;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes the requests of one downstream connection and begins an exchange for each.
 *
 * <p>Confined to the connection's event loop. What does not change between requests is looked up once per connection and
 * configuration.
 */
public final class Entrance implements RequestAcceptor {
    private final Supplier<Snapshot> current;
    private final ForwardLoop loop;
    private final ServingChain chain;
    private final TrafficCounters counters;
    private Snapshot snapshot = Snapshot.EMPTY;
    private @Nullable HttpPolicy policy;
    private @Nullable String peerAddress;

    /**
     * @param current reads the one volatile reference to the configuration
     */
    public Entrance(Supplier<Snapshot> current, ForwardLoop loop, ServingChain chain) {
        this.current = current;
        this.loop = loop;
        this.chain = chain;
        this.counters = loop.telemetry().listener(chain.key().listener());
    }

    @Override
    public StreamHandler accept(ServerStream stream, RequestHead head, boolean end) {
        Snapshot now = current.get();
        if (now != snapshot) {
            adopt(now);
        }
        HttpPolicy captured = policy;
        if (captured == null) {
            throw new IllegalStateException(
                    "listener " + chain.key().listener() + ": a request before any configuration of it");
        }
        Exchange exchange = new Exchange(this, snapshot, captured, stream, head);
        try {
            exchange.begin(end);
        } catch (Throwable unexpected) {
            exchange.broken(unexpected);
        }
        return exchange;
    }

    @Override
    public Refusal refuse(Connection connection, int status, String reason) {
        adopt(current.get());
        Refusal plain = Refusal.of(status, reason);
        LocalReplies replies = policy == null ? null : policy.replies();
        RefusedFacts facts = new RefusedFacts(connection, peerAddress(connection), plain.head());
        LocalResponse answer = new LocalResponse(plain.head(), plain.body());
        if (replies != null) {
            answer = replies.rewrite(answer, status, facts);
        }
        account(facts, reason);
        return new Refusal(answer.head(), answer.body());
    }

    @Override
    public void refused(Connection connection, int status, String reason) {
        adopt(current.get());
        account(new RefusedFacts(connection, peerAddress(connection), new ResponseHead().status(status)), reason);
    }

    /** What was no request is counted and logged like one. */
    private void account(RefusedFacts refused, String reason) {
        counters.started();
        counters.ended(refused.response().status(), 0);
        loop.telemetry().failed(refused.failureLabel());
        if (policy != null && policy.options().accessLog() != AccessLog.OFF) {
            ExchangeLog.writeRefused(loop.accessLog(), policy, refused, reason);
        }
        if (policy != null) {
            policy.logs().forEach(log -> loop.accessLog().log(log, refused));
        }
    }

    @Override
    public void idled() {
        loop.telemetry().idled();
    }

    /** A chain that was removed goes on with the last configuration that knew it. */
    private void adopt(Snapshot now) {
        HttpPolicy known = now.policies().get(chain.key());
        if (known != null) {
            policy = known;
            snapshot = now;
        }
    }

    ForwardLoop loop() {
        return loop;
    }

    TrafficCounters counters() {
        return counters;
    }

    /** The peer's address without its port; made once per connection. */
    String peerAddress(Connection connection) {
        String text = peerAddress;
        if (text == null) {
            text = connection.remoteIp();
            peerAddress = text;
        }
        return text;
    }
}
