package dev.weft.proxy.cluster;

import dev.weft.balance.Address;
import dev.weft.balance.Endpoint;
import dev.weft.balance.HealthMark;
import dev.weft.proxy.cluster.EndpointHealth.Verdict;
import dev.weft.proxy.model.HealthCheck;
import dev.weft.proxy.time.LoopTimer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The active checks of all endpoints of a cluster.
 *
 * <p>Confined to one event loop, except for {@link #healthOf}.
 *
 * <p>An endpoint that no check has answered for yet counts as healthy only while no endpoint of the cluster is known to be
 * healthy: a cluster that has just come up serves at once, and one that serves already gives no traffic to a newcomer before its
 * first check has passed, which is asked without delay. (Envoy counts a newcomer as unhealthy always, and keeps a new cluster
 * from traffic until its first checks are over.)
 */
final class ActiveChecks {
    private final LoopTimer timer;
    private final RandomGenerator random;
    private final BiFunction<HealthCheck, InetSocketAddress, Probe> probes;
    private final Sink sink;

    /** Written on the loop; read by whoever asks for the cluster's status. */
    private final Map<Address, EndpointHealth> byAddress = new ConcurrentHashMap<>();

    private List<HealthCheck> config = List.of();
    private int passed;
    private boolean someHavePassed;

    /** Where results go. */
    interface Sink {
        void mark(Endpoint endpoint, HealthMark mark, boolean set);

        /** Whether endpoints that come from now on wait for their first check. */
        void awaitFirstCheck(boolean await);
    }

    ActiveChecks(
            LoopTimer timer,
            RandomGenerator random,
            BiFunction<HealthCheck, InetSocketAddress, Probe> probes,
            Sink sink) {
        this.timer = timer;
        this.random = random;
        this.probes = probes;
        this.sink = sink;
    }

    /** What is known of the endpoint at {@code address}, or null where it is not checked. Callable from any thread. */
    @Nullable
    EndpointHealth healthOf(Address address) {
        return byAddress.get(address);
    }

    /** Checks exactly {@code endpoints} by exactly {@code checks} from now on; what stays the same goes on undisturbed. */
    void apply(List<HealthCheck> checks, Collection<Endpoint> endpoints) {
        boolean sameChecks = checks.equals(config);
        config = checks;
        Map<Address, EndpointHealth> before = Map.copyOf(byAddress);
        Map<Address, Endpoint> wanted = new LinkedHashMap<>();
        if (!checks.isEmpty()) {
            endpoints.forEach(endpoint -> wanted.put(endpoint.address(), endpoint));
        }
        before.forEach((address, health) -> {
            if (!sameChecks || !wanted.containsKey(address)) {
                health.stop();
                byAddress.remove(address);
            }
        });
        List<EndpointHealth> fresh = new ArrayList<>();
        for (Endpoint endpoint : wanted.values()) {
            if (!byAddress.containsKey(endpoint.address())) {
                EndpointHealth known = before.get(endpoint.address());
                EndpointHealth health = newHealth(endpoint, known == null ? Verdict.UNKNOWN : known.verdict());
                byAddress.put(endpoint.address(), health);
                fresh.add(health);
            }
        }
        if (checks.isEmpty() && !sameChecks) {
            endpoints.forEach(this::lift);
        }
        passed = (int) byAddress.values().stream()
                .filter(health -> health.verdict() == Verdict.PASSED)
                .count();
        settleUnknown();
        fresh.forEach(EndpointHealth::start);
    }

    void stop() {
        byAddress.values().forEach(EndpointHealth::stop);
        byAddress.clear();
    }

    private EndpointHealth newHealth(Endpoint endpoint, Verdict before) {
        List<EndpointCheck> checks = new ArrayList<>(config.size());
        EndpointHealth health = new EndpointHealth(endpoint, before, checks);
        for (HealthCheck check : config) {
            Probe probe = probes.apply(check, socketAddress(endpoint, check));
            checks.add(new EndpointCheck(check, probe, timer, random, () -> judged(health)));
        }
        return health;
    }

    private void judged(EndpointHealth health) {
        Verdict before = health.verdict();
        health.judge();
        Verdict now = health.verdict();
        if (now == Verdict.UNKNOWN) {
            return;
        }
        sink.mark(health.endpoint(), HealthMark.ACTIVE_CHECK_FAILED, now == Verdict.FAILED);
        sink.mark(health.endpoint(), HealthMark.ACTIVE_CHECK_DEGRADED, health.isDegraded());
        if (now != before) {
            passed += (now == Verdict.PASSED ? 1 : 0) - (before == Verdict.PASSED ? 1 : 0);
            if (passed > 0 != someHavePassed) {
                settleUnknown();
            }
        }
    }

    /** Lets endpoints without a result count as what they should: healthy only while none has passed. */
    private void settleUnknown() {
        if (passed > 0 != someHavePassed) {
            someHavePassed = passed > 0;
            sink.awaitFirstCheck(someHavePassed);
        }
        for (EndpointHealth health : byAddress.values()) {
            if (health.verdict() == Verdict.UNKNOWN) {
                sink.mark(health.endpoint(), HealthMark.ACTIVE_CHECK_FAILED, someHavePassed);
            }
        }
    }

    private void lift(Endpoint endpoint) {
        sink.mark(endpoint, HealthMark.ACTIVE_CHECK_FAILED, false);
        sink.mark(endpoint, HealthMark.ACTIVE_CHECK_DEGRADED, false);
    }

    private static InetSocketAddress socketAddress(Endpoint endpoint, HealthCheck check) {
        int port = check.port() == 0 ? endpoint.address().port() : check.port();
        return new InetSocketAddress(InetAddress.ofLiteral(endpoint.address().host()), port);
    }
}
