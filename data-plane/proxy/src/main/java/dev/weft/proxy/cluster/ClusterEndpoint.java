package dev.weft.proxy.cluster;

import dev.weft.balance.Endpoint;
import dev.weft.balance.health.Outcome;
import dev.weft.proxy.upstream.UpstreamEndpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint of a running cluster: what the balancer picked, as a socket address with its totals.
 *
 * <p>Thread-safe. One object per address for as long as connections to it stay usable: a change of weight or health keeps it, a
 * change of how the cluster is spoken to (TLS, protocol, PROXY header) makes a new one for the same address.
 */
public final class ClusterEndpoint implements UpstreamEndpoint {
    private final Endpoint balanced;
    private final InetSocketAddress address;
    private final Totals totals;

    /** Set once by whoever takes it out of its cluster, read by the loops. */
    private volatile boolean retired;

    ClusterEndpoint(Endpoint balanced) {
        this(balanced, new Totals(new LongAdder(), new LongAdder()));
    }

    private ClusterEndpoint(Endpoint balanced, Totals totals) {
        this.balanced = balanced;
        this.address = new InetSocketAddress(
                InetAddress.ofLiteral(balanced.address().host()),
                balanced.address().port());
        this.totals = totals;
    }

    /** The same address with all that is known of it, as a destination of new connections only. */
    ClusterEndpoint renewed() {
        return new ClusterEndpoint(balanced, totals);
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    void retire() {
        retired = true;
    }

    @Override
    public boolean isRetired() {
        return retired;
    }

    /** The balancer's view; its configuration is that of the time when this endpoint was made. */
    Endpoint balanced() {
        return balanced;
    }

    /** What it is called, where configuration or DNS says. */
    public @Nullable String hostname() {
        return balanced.hostname();
    }

    /** Attempts that ended with a judgement. */
    public long requests() {
        return totals.requests.sum();
    }

    /** Of these, the ones that failed: a status of 500 and above, or no response. */
    public long failures() {
        return totals.failures.sum();
    }

    void count(Outcome outcome) {
        totals.requests.increment();
        if (outcome != Outcome.SUCCESS) {
            totals.failures.increment();
        }
    }

    @Override
    public String toString() {
        return balanced.toString();
    }

    private record Totals(LongAdder requests, LongAdder failures) {}
}
