package dev.weft.proxy.cluster;

import dev.weft.balance.Address;
import dev.weft.balance.ClusterEndpoints;
import dev.weft.balance.Endpoint;
import dev.weft.balance.EndpointConfig;
import dev.weft.balance.Health;
import dev.weft.balance.HealthMark;
import dev.weft.balance.Pick;
import dev.weft.balance.PickContext;
import dev.weft.balance.hash.HashFunction;
import dev.weft.balance.health.Outcome;
import dev.weft.balance.limit.CircuitBreaker;
import dev.weft.balance.limit.RetryBudget;
import dev.weft.proxy.model.CircuitLimits;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.ClusterStatus;
import dev.weft.proxy.upstream.UpstreamCluster;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A running cluster.
 *
 * <p>Thread-safe: event loops pick, count and report without locks; configuration comes from one thread at a time; checks,
 * look-ups and ejections run on one event loop, the cluster's home.
 *
 * <p>The same object serves as long as a cluster of that name is configured, so what is known of its endpoints, its connections
 * and its permits live through changes of the configuration. One that was removed goes on serving the requests that know it.
 *
 * <p>An exchange calls {@link #tryTakeRequest}, then for each attempt {@link #pick}, {@link #attemptStarted} and one of
 * {@link #attemptEnded} and {@link #attemptAbandoned}; before an attempt that is not the first {@link #tryTakeRetry}; and what it
 * took it returns once.
 */
public final class Cluster implements UpstreamCluster {
    private final ClusterName name;
    private final Environment environment;
    private final ClusterListener listener;
    private final ClusterEndpoints balanced;
    private final CircuitBreaker permits;
    private final RetryBudget retries;
    private final ActiveChecks checks;
    private final NameDiscovery discovery;
    private final OutlierWatch outliers;

    /** Those that can be picked, and for a moment some that could. Changed under this object's lock, read by every loop. */
    private final ConcurrentHashMap<Address, ClusterEndpoint> endpoints = new ConcurrentHashMap<>();

    /** Published by {@link #apply} to every event loop. */
    private volatile ClusterConfig config;

    /** Published by {@link #remove} to every event loop. */
    private volatile boolean removed;

    /** Guarded by this object's lock. */
    private boolean awaitFirstCheck;

    Cluster(ClusterConfig config, Environment environment, ClusterListener listener) {
        this.name = config.name();
        this.config = config;
        this.environment = environment;
        this.listener = listener;
        this.balanced = new ClusterEndpoints(
                BalanceConfig.settings(config, false),
                environment.home().ticker()::nanoTime,
                environment.newRandom(),
                environment.compiler());
        this.permits = new CircuitBreaker(BalanceConfig.limits(config.limits()));
        this.retries = new RetryBudget(0, 0, permits.requests()::inUse);
        this.checks = new ActiveChecks(
                environment.timer(),
                environment.random(),
                (check, address) -> environment.probes().probe(this, check, address),
                new CheckResults());
        this.discovery =
                new NameDiscovery(environment.timer(), environment.random(), environment.names(), this::discovered);
        this.outliers = new OutlierWatch(environment, balanced, this::healthChanged);
        configure(config, null);
    }

    public ClusterName name() {
        return name;
    }

    @Override
    public ClusterConfig config() {
        return config;
    }

    /**
     * Chooses where an attempt goes. Allocates nothing.
     *
     * @return null where no endpoint may be used; {@link #isEmpty} tells whether there is any at all
     */
    public @Nullable ClusterEndpoint pick(PickContext context) {
        return switch (balanced.pick(context)) {
            case Endpoint endpoint -> {
                ClusterEndpoint known = endpoints.get(endpoint.address());
                yield known != null ? known : adopt(endpoint);
            }
            case Pick.None _ -> null;
        };
    }

    /** The endpoint at that address, where it takes requests; null otherwise. */
    public @Nullable ClusterEndpoint taking(Address address) {
        ClusterEndpoint known = endpoints.get(address);
        return known != null && takes(known.balanced()) ? known : null;
    }

    private static boolean takes(Endpoint endpoint) {
        return endpoint.weight() > 0 && endpoint.health() != Health.UNHEALTHY;
    }

    /** Whether no endpoint is known, healthy or not. */
    public boolean isEmpty() {
        return endpoints.isEmpty();
    }

    /** What {@link PickContext#hash} is to be made with, or null where picks do not look at it. */
    public @Nullable HashFunction hashFunction() {
        var policy = balanced.settings().policy();
        return policy.usesHash() ? policy.hashFunction() : null;
    }

    /** Counts an attempt that begins, and keeps later ones of the same request off this endpoint while there is another. */
    public void attemptStarted(ClusterEndpoint endpoint, PickContext context) {
        endpoint.balanced().requestStarted();
        context.addTried(endpoint.balanced());
    }

    /** Ends an attempt that says something about the endpoint. */
    public void attemptEnded(ClusterEndpoint endpoint, Outcome outcome) {
        endpoint.balanced().requestEnded();
        endpoint.count(outcome);
        outliers.record(endpoint, outcome);
    }

    /** Ends an attempt that nothing can be learnt from: the client went away, or we gave up for reasons of our own. */
    public void attemptAbandoned(ClusterEndpoint endpoint) {
        endpoint.balanced().requestEnded();
    }

    /** Takes one of {@code max_requests}; false where all are taken. Returned once, by {@link #returnRequest}. */
    public boolean tryTakeRequest() {
        return permits.requests().tryTake();
    }

    public void returnRequest() {
        permits.requests().giveBack();
        if (removed && permits.requests().inUse() == 0) {
            retireAll();
        }
    }

    /** Takes the right to a retry, by the budget or the fixed number. Returned once, by {@link #returnRetry}, at the retry's end. */
    public boolean tryTakeRetry() {
        return retries.tryTake();
    }

    public void returnRetry() {
        retries.giveBack();
    }

    @Override
    public boolean tryTakeConnection() {
        return permits.connections().tryTake();
    }

    @Override
    public void returnConnection() {
        permits.connections().giveBack();
    }

    @Override
    public boolean tryTakePending() {
        return permits.pending().tryTake();
    }

    @Override
    public void returnPending() {
        permits.pending().giveBack();
    }

    /** A picture of the cluster, for admin pages. */
    public ClusterStatus status() {
        List<ClusterStatus.EndpointStatus> all =
                balanced.endpoints().stream().map(this::status).toList();
        return new ClusterStatus(
                name,
                all,
                (int) all.stream().filter(ClusterStatus.EndpointStatus::healthy).count(),
                balanced.inPanic(),
                permits.requests().inUse(),
                retries.inFlight(),
                permits.connections().inUse());
    }

    /** Makes {@code next} what the cluster is; called by one thread at a time. */
    synchronized void apply(ClusterConfig next) {
        ClusterConfig before = config;
        if (!next.equals(before)) {
            config = next;
            configure(next, before);
        }
    }

    /** The cluster is configured no more: checks and look-ups end, connections when its last request has. */
    void remove() {
        onHome(() -> {
            checks.stop();
            discovery.stop();
            outliers.stop();
        });
        removed = true;
        if (permits.requests().inUse() == 0) {
            retireAll();
        }
    }

    private void configure(ClusterConfig next, @Nullable ClusterConfig before) {
        CircuitLimits limits = next.limits();
        permits.resize(BalanceConfig.limits(limits));
        boolean budget = limits.retryBudgetPercent() > 0;
        retries.resize(budget ? limits.retryBudgetPercent() : 0, budget ? limits.minRetries() : limits.maxRetries());
        if (before != null) {
            balanced.reconfigure(BalanceConfig.settings(next, awaitFirstCheck));
            if (next.protocol() != before.protocol()
                    || !next.tls().equals(before.tls())
                    || !next.proxyProtocol().equals(before.proxyProtocol())) {
                endpoints.replaceAll((address, endpoint) -> {
                    retire(endpoint);
                    return endpoint.renewed();
                });
            }
        }
        onHome(() -> outliers.apply(next.outlierDetection()));
        List<EndpointConfig> literal = NameDiscovery.literalEndpoints(next.discovery());
        if (literal != null) {
            replaceEndpoints(literal);
        }
        onHome(() -> discovery.apply(next.discovery()));
        onHome(this::recheck);
    }

    /** Names have been looked up. Called on the home loop. */
    private void discovered(List<EndpointConfig> found) {
        replaceEndpoints(found);
        recheck();
    }

    private synchronized void replaceEndpoints(List<EndpointConfig> configs) {
        var change = balanced.update(configs);
        change.added().forEach(this::adopt);
        for (Endpoint gone : change.removed()) {
            ClusterEndpoint endpoint = endpoints.remove(gone.address());
            if (endpoint != null) {
                retire(endpoint);
            }
        }
    }

    /** A pick may see a new endpoint before {@link #replaceEndpoints} has returned, and an old one after. */
    private synchronized ClusterEndpoint adopt(Endpoint endpoint) {
        if (balanced.endpoint(endpoint.address()) != null) {
            return endpoints.computeIfAbsent(endpoint.address(), _ -> new ClusterEndpoint(endpoint));
        }
        ClusterEndpoint gone = new ClusterEndpoint(endpoint);
        gone.retire();
        return gone;
    }

    /** First marked, then told of: whoever does not see the mark yet has its connections known to the loops that are told. */
    private void retire(ClusterEndpoint endpoint) {
        endpoint.retire();
        listener.endpointRetired(this, endpoint);
    }

    private void recheck() {
        if (!removed) {
            checks.apply(config.healthChecks(), balanced.endpoints());
        }
    }

    private void retireAll() {
        endpoints.values().forEach(this::retire);
    }

    private void healthChanged(Endpoint endpoint) {
        ClusterEndpoint known = endpoints.get(endpoint.address());
        if (known != null) {
            listener.healthChanged(this, known);
        }
    }

    private ClusterStatus.EndpointStatus status(Endpoint endpoint) {
        ClusterEndpoint known = endpoints.get(endpoint.address());
        EndpointHealth checked = checks.healthOf(endpoint.address());
        return new ClusterStatus.EndpointStatus(
                endpoint.address().toString(),
                endpoint.weight(),
                endpoint.priority(),
                endpoint.locality().zone(),
                takes(endpoint),
                Marks.of(endpoint, checked),
                checked == null ? "" : checked.reason(),
                endpoint.activeRequests(),
                known == null ? 0 : known.requests(),
                known == null ? 0 : known.failures());
    }

    private void onHome(Runnable task) {
        if (environment.home().inEventLoop()) {
            task.run();
        } else {
            environment.home().execute(task);
        }
    }

    /** Takes in what the active checks find, on the home loop. */
    private final class CheckResults implements ActiveChecks.Sink {
        @Override
        public void mark(Endpoint endpoint, HealthMark mark, boolean set) {
            if (balanced.mark(endpoint, mark, set)) {
                healthChanged(endpoint);
            }
        }

        @Override
        public void awaitFirstCheck(boolean await) {
            synchronized (Cluster.this) {
                awaitFirstCheck = await;
                balanced.reconfigure(BalanceConfig.settings(config, await));
            }
        }
    }
}
