package dev.weft.proxy.forward;

import dev.weft.proxy.failure.FailureAnswer;
import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.route.Route;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What can be said of an exchange, to log lines and to filters: read from its parts when asked.
 *
 * <p>Confined to its exchange's event loop.
 */
abstract class ExchangeFacts implements LocalReplies.Subject {
    final Exchange exchange;

    /** As the client sent them, for the log: filters and rewrites change the head. */
    private final String originalPath;

    private final String originalAuthority;

    /** As they were routed first, which is as they came unless the listener cleans them. */
    private String routedPath;

    private String routedAuthority;

    ExchangeFacts(Exchange exchange) {
        this.exchange = exchange;
        this.originalPath = exchange.request().path();
        this.originalAuthority = exchange.request().authority();
        this.routedPath = originalPath;
        this.routedAuthority = originalAuthority;
    }

    final String originalPath() {
        return originalPath;
    }

    final String originalAuthority() {
        return originalAuthority;
    }

    /** Its route is found. */
    final void routed() {
        routedPath = request().path();
        routedAuthority = request().authority();
    }

    @Override
    public Connection connection() {
        return exchange.connection();
    }

    @Override
    public String peerAddress() {
        return exchange.entrance().peerAddress(connection());
    }

    @Override
    public String clientAddress() {
        return ClientAddress.of(request().headers(), exchange.policy().options(), peerAddress());
    }

    @Override
    public RequestHead request() {
        return exchange.request();
    }

    @Override
    public String routedPath() {
        return routedPath;
    }

    @Override
    public String routedAuthority() {
        return routedAuthority;
    }

    @Override
    public @Nullable String route() {
        Route matched = exchange.route();
        return matched == null ? null : matched.name();
    }

    @Override
    public @Nullable ClusterName cluster() {
        return exchange.cluster();
    }

    @Override
    public int tries() {
        return exchange.attempts().count();
    }

    @Override
    public @Nullable String endpoint() {
        return exchange.attempts().endpoint();
    }

    @Override
    public @Nullable InetSocketAddress upstreamLocal() {
        Attempt last = exchange.attempts().last();
        return last == null ? null : last.local();
    }

    @Override
    public long upstreamNanos() {
        Attempt last = exchange.attempts().last();
        return last == null ? Attempt.UNMEASURED : last.nanosToHead();
    }

    @Override
    public @Nullable ResponseHead response() {
        return exchange.responseFlow().head();
    }

    @Override
    public long receivedBytes() {
        return exchange.requestFlow().receivedBytes();
    }

    @Override
    public long sentBytes() {
        return exchange.responseFlow().sentBytes();
    }

    @Override
    public long startMillis() {
        return System.currentTimeMillis() - TimeUnit.NANOSECONDS.toMillis(elapsedNanos());
    }

    @Override
    public long elapsedNanos() {
        return exchange.elapsedNanos();
    }

    @Override
    public @Nullable String localReplyBody() {
        return exchange.responseFlow().localText();
    }

    @Override
    public void localReplyBody(String text) {
        exchange.responseFlow().localText(text);
    }

    @Override
    public boolean takesForTunnel(int status) {
        return Tunnels.opens(exchange.request(), status)
                || Tunnels.looksOpen(exchange.request(), status, connection().protocol());
    }

    @Override
    public @Nullable String failureFlag() {
        ProxyFailure found = exchange.end().failure();
        return found == null ? null : FailureAnswer.of(found).flag();
    }

    @Override
    public @Nullable String failureLabel() {
        ProxyFailure found = exchange.end().failure();
        return found == null ? null : FailureAnswer.of(found).label();
    }
}
