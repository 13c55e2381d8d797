package dev.weft.balance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Thread-safe: the endpoints of one cluster, their health, and the choice among them.
 *
 * <p>{@link #pick} reads one immutable snapshot and takes no lock. Whatever changes what can be picked (an update of
 * the endpoints or settings, a health mark) has a new snapshot compiled on the executor given, and several changes that
 * arrive meanwhile share one compilation. With the default executor the caller compiles, so that after the call the
 * change is visible to it unless another thread was compiling at that moment.
 */
public final class ClusterEndpoints {

    private final LongSupplier nanoClock;
    private final RandomGenerator random;
    private final Executor compiler;
    private final Object membership = new Object();
    private final Object compiling = new Object();
    private final AtomicBoolean compilePending = new AtomicBoolean();

    /** Published by whoever holds {@link #membership}; read by everybody. */
    private volatile Members members;

    /** Published by whoever holds {@link #compiling}; captured once per pick. */
    private volatile EndpointSnapshot snapshot;

    /**
     * @param nanoClock monotonic, as {@link System#nanoTime}
     * @param random for decisions at compile time; used by one thread at a time
     * @param compiler where pickers are compiled; give one where rings are large and callers are event loops
     */
    public ClusterEndpoints(
            EndpointSettings settings, LongSupplier nanoClock, RandomGenerator random, Executor compiler) {
        this.nanoClock = nanoClock;
        this.random = random;
        this.compiler = compiler;
        this.members = new Members(settings, Map.of());
        this.snapshot = EndpointSnapshot.EMPTY;
    }

    /** Endpoints with the usual settings, compiled by whoever changes them. */
    public static ClusterEndpoints of(BalancingPolicy policy, List<EndpointConfig> endpoints) {
        ClusterEndpoints cluster = new ClusterEndpoints(
                EndpointSettings.of(policy), System::nanoTime, RandomGenerator.getDefault(), Runnable::run);
        cluster.update(endpoints);
        return cluster;
    }

    /** Where the request goes, or why nowhere. Allocates nothing. */
    public Pick pick(PickContext context) {
        return snapshot.pick(context);
    }

    /**
     * Replaces the set of endpoints. State (active requests, marks) stays with its address. Where an address is listed
     * twice, the more preferred priority wins, and of equal ones the first.
     */
    public EndpointChange update(List<EndpointConfig> configs) {
        EndpointChange change;
        synchronized (membership) {
            Members before = members;
            Map<Address, Endpoint> after = new LinkedHashMap<>();
            List<Endpoint> added = new ArrayList<>();
            for (EndpointConfig config : configs) {
                Endpoint same = after.get(config.address());
                if (same != null && same.priority() <= config.priority()) {
                    continue;
                }
                after.put(config.address(), before.adopt(config));
            }
            for (Endpoint endpoint : after.values()) {
                if (!before.byAddress().containsKey(endpoint.address())) {
                    added.add(endpoint);
                }
            }
            List<Endpoint> removed = before.byAddress().values().stream()
                    .filter(endpoint -> !after.containsKey(endpoint.address()))
                    .toList();
            members = new Members(before.settings(), after);
            change = new EndpointChange(added, removed);
        }
        compile();
        return change;
    }

    /** Replaces the settings and keeps the endpoints with all that is known about them. */
    public void reconfigure(EndpointSettings settings) {
        synchronized (membership) {
            members = new Members(settings, members.byAddress());
        }
        compile();
    }

    /** Sets or lifts a health mark; returns whether that changed anything. */
    public boolean mark(Endpoint endpoint, HealthMark mark, boolean set) {
        boolean changed = endpoint.state().mark(mark, set);
        if (changed) {
            compile();
        }
        return changed;
    }

    /**
     * To be called every second or so where slow start is on: shares grow with time, and nothing else would compile
     * them anew. Does nothing while no endpoint is fresh.
     */
    public void refreshSlowStart() {
        if (snapshot.easesIn()) {
            compile();
        }
    }

    /** All endpoints, in the order of the configuration, whatever their health. */
    public List<Endpoint> endpoints() {
        return List.copyOf(members.byAddress().values());
    }

    public @Nullable Endpoint endpoint(Address address) {
        return members.byAddress().get(address);
    }

    /** Requests in flight to all endpoints that are known now; what a retry budget is a share of. */
    public int activeRequests() {
        int active = 0;
        for (Endpoint endpoint : members.byAddress().values()) {
            active += endpoint.activeRequests();
        }
        return active;
    }

    public EndpointSettings settings() {
        return members.settings();
    }

    /** Whether some priority uses unhealthy endpoints because too few are healthy. */
    public boolean inPanic() {
        return snapshot.inPanic();
    }

    private void compile() {
        if (compilePending.compareAndSet(false, true)) {
            compiler.execute(this::compileNow);
        }
    }

    private void compileNow() {
        synchronized (compiling) {
            // Cleared before anything is read: a change that comes later asks for a compilation of its own.
            compilePending.set(false);
            Members current = members;
            snapshot = new SnapshotCompiler(current.settings(), nanoClock.getAsLong(), random)
                    .compile(List.copyOf(current.byAddress().values()));
        }
    }

    /** Immutable: what the next snapshot is compiled from. */
    private record Members(EndpointSettings settings, Map<Address, Endpoint> byAddress) {

        Endpoint adopt(EndpointConfig config) {
            Endpoint known = byAddress.get(config.address());
            if (known != null) {
                return known.config().equals(config) ? known : new Endpoint(config, known.state());
            }
            EndpointState state = new EndpointState();
            if (settings.awaitFirstCheck()) {
                state.mark(HealthMark.ACTIVE_CHECK_FAILED, true);
            }
            return new Endpoint(config, state);
        }
    }
}
