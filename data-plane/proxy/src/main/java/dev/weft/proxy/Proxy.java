package dev.weft.proxy;

import dev.weft.proxy.cluster.Cluster;
import dev.weft.proxy.cluster.ClusterEndpoint;
import dev.weft.proxy.cluster.ClusterListener;
import dev.weft.proxy.cluster.Clusters;
import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.FilterFaults;
import dev.weft.proxy.forward.Entrance;
import dev.weft.proxy.forward.ForwardLoop;
import dev.weft.proxy.forward.HttpPolicy;
import dev.weft.proxy.forward.Snapshot;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.RequestAcceptor;
import dev.weft.proxy.listener.ConnectionHandlers;
import dev.weft.proxy.listener.Listeners;
import dev.weft.proxy.listener.ServingChain;
import dev.weft.proxy.model.CertificateExpiry;
import dev.weft.proxy.model.ChainKey;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.ClusterStatus;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.ProxyLimits;
import dev.weft.proxy.model.RouteTable;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.overload.MemoryGuard;
import dev.weft.proxy.overload.MemoryUse;
import dev.weft.proxy.route.Routes;
import dev.weft.proxy.tcp.TcpLoop;
import dev.weft.proxy.tcp.TcpProxy;
import dev.weft.proxy.telemetry.AccessLogWriter;
import dev.weft.proxy.telemetry.ProxyMetrics;
import dev.weft.proxy.time.LoopTimers;
import dev.weft.proxy.tls.ClientTlsContexts;
import dev.weft.proxy.tls.PeerTrust;
import dev.weft.proxy.tls.ServerTlsContext;
import dev.weft.proxy.tls.TlsEngine;
import dev.weft.proxy.transport.Transport;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.prometheus.client.CollectorRegistry;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A running proxy: hand it configuration, and it serves until it is drained and closed.
 *
 * <p>Thread-safe; its methods may be called from any thread except its own event loops. Configuration is one immutable
 * snapshot that is swapped whole: a request sees the one that was current when its head arrived, retries included.
 *
 * <p>This is the composition root of the engine; what happens to one request is read in {@code dev.weft.proxy.forward.Exchange}.
 */
public final class Proxy implements AutoCloseable {
    private final Transport transport;
    private final FilterFaults filterFaults = new FilterFaults(System::nanoTime);
    private final HttpPolicies httpPolicies;
    private final @Nullable CollectorRegistry registry;
    private final ProxyMetrics metrics;
    private final AccessLogWriter accessLog;

    private final ProxyLoops loops;
    private final Clusters clusters;
    private final Listeners listeners;
    private final ClientTlsContexts clientTls;
    private final int maxConnections;

    /** Guarded by this. */
    private ProxyConfig config = ProxyConfig.EMPTY;

    /** Guarded by this. */
    private boolean closed;

    /** Published by {@link #apply} to every event loop; a request reads it once. */
    private volatile Snapshot snapshot = Snapshot.EMPTY;

    private Proxy(Builder builder) {
        this.transport = Transport.open(builder.loops);
        this.httpPolicies = new HttpPolicies(builder.filters, filterFaults);
        this.registry = builder.metrics;
        this.metrics = new ProxyMetrics(new Scraped());
        this.accessLog = new AccessLogWriter(builder.accessLog);
        Supplier<TlsEngine> engine = builder.engine();
        this.clientTls = new ClientTlsContexts(engine);
        LoopTimers timers = new LoopTimers();
        this.loops =
                new ProxyLoops(transport, timers, clientTls, metrics, accessLog, builder.memory, this::closeLargest);
        this.clusters = new Clusters(transport, timers, loops::pools, builder.nameServers);
        clusters.addListener(new Retiring());
        this.maxConnections = builder.maxConnections;
        this.listeners = new Listeners(transport, timers, new Handlers(), maxConnections, engine);
        if (registry != null) {
            registry.register(metrics);
        }
    }

    public static Builder builder() {
        return new Builder();
    }

    /**
     * Makes {@code next} what is served: compiles it whole, then swaps it in. Listeners, clusters and their connections that are
     * the same as before are left alone; removed listeners and clusters finish what they have begun. Returns when all listeners
     * are bound.
     *
     * <p>A route may name a cluster that is not there: its requests fail until it is.
     *
     * @throws IllegalArgumentException where something in it cannot be served (a listener without its routes, a bad regex, a
     *     forbidden header, a certificate that cannot be read); the message names it, and nothing has changed
     * @throws dev.weft.proxy.listener.ListenerException where a listener cannot be bound; all the rest has been applied
     * @throws IllegalStateException after {@link #close}
     */
    public synchronized void apply(ProxyConfig next) {
        if (closed) {
            throw new IllegalStateException("the proxy is closed");
        }
        Map<ChainKey, HttpPolicy> policies = httpPolicies.compile(next);
        clientTls.prepare(next.clusters().values());
        clusters.apply(next.clusters()); // before the routes that send to them
        Map<ClusterName, Cluster> running = new HashMap<>();
        next.clusters().keySet().forEach(name -> {
            Cluster cluster = clusters.get(name);
            if (cluster != null) {
                running.put(name, cluster);
            }
        });
        snapshot = new Snapshot(policies, running);
        config = next;
        clientTls.retainOnly(next.clusters().values());
        metrics.configured(
                next.listeners().stream().map(ListenerConfig::name).collect(Collectors.toSet()),
                next.clusters().keySet());
        listeners.apply(next.listeners()); // after the routes that they need
    }

    /**
     * Checks one table as {@link #apply} would, so that whoever receives tables one by one can refuse the one that is wrong.
     *
     * @throws IllegalArgumentException as {@link #apply}
     */
    public static void check(RouteTable table) {
        Routes.compile(table);
    }

    /**
     * Checks one listener likewise, for what it says by itself.
     *
     * @throws IllegalArgumentException where two of its chains are for the same connections; the message has their paths
     */
    public static void check(ListenerConfig listener) {
        Listeners.check(listener);
    }

    /**
     * Checks one certificate likewise.
     *
     * @throws IllegalArgumentException where its chain or key cannot be read, or are not of one pair; the message begins with the
     *     field
     */
    public static void check(ServerTls.Certificate certificate) {
        ServerTlsContext.check(certificate);
    }

    /**
     * Checks what is asked of peers likewise.
     *
     * @throws IllegalArgumentException where a PEM in it cannot be read or a name is a bad regex; the message begins with the field
     */
    public static void check(PeerValidation validation) {
        var _ = PeerTrust.of(validation);
    }

    /** What is served now. */
    public synchronized ProxyConfig config() {
        return config;
    }

    /** Where each listener is bound, by its name; a port 0 has become a real one. */
    public Map<String, InetSocketAddress> addresses() {
        return listeners.addresses();
    }

    /** Where that listener is bound; {@code "http"} is the one that {@link Setup} makes. */
    public InetSocketAddress address(String listener) {
        InetSocketAddress address = addresses().get(listener);
        if (address == null) {
            throw new IllegalArgumentException("listener " + listener + ": not bound");
        }
        return address;
    }

    /** Endpoints and their health, by cluster, for admin pages. */
    public List<ClusterStatus> clusters() {
        return clusters.status();
    }

    /** What bounds the memory that all of this takes. */
    public ProxyLimits limits() {
        return new ProxyLimits(
                maxConnections, Listeners.WRITE_BUFFER_BYTES, ForwardLoop.DEFAULT_REPLAY_BYTES, MemoryGuard.ENTER);
    }

    /** Requests in progress on all loops. */
    public int activeRequests() {
        return (int) metrics.activeRequests();
    }

    /** Downstream connections open on all loops. */
    public int connections() {
        return listeners.connections();
    }

    /** Which of the kernel's interfaces carries the bytes: {@code io_uring}, {@code epoll} or {@code nio}. */
    public String transport() {
        return transport.toString();
    }

    /**
     * Stops accepting, tells clients to go elsewhere ({@code Connection: close}, GOAWAY), and lets requests in progress finish.
     * What is still in progress at {@code deadline} is broken off. The future completes once nothing is left, and never fails;
     * {@link #close} is still owed. A listener that is applied after this is not bound.
     */
    public CompletableFuture<Void> drain(Duration deadline) {
        return listeners.drain(deadline);
    }

    /** Ends everything at once: connections are closed, loops stopped. Does nothing the second time. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        listeners.close();
        clusters.close();
        loops.close(listeners::connections);
        transport.close();
        accessLog.close();
        if (registry != null) {
            registry.unregister(metrics);
        }
    }

    /** Listeners are made after the loops, which have no connections before. */
    private @Nullable String closeLargest(EventLoop loop, long leastBytes) {
        return listeners.closeLargest(loop, leastBytes);
    }

    /** What lies behind the listeners. */
    private final class Handlers implements ConnectionHandlers {
        @Override
        public RequestAcceptor http(ServingChain chain, EventLoop loop) {
            return new Entrance(() -> snapshot, loops.of(loop).forward(), chain);
        }

        @Override
        public ChannelHandler tcp(ServingChain chain, Connection connection) {
            TcpLoop loop = loops.of(connection.channel().eventLoop()).tcp();
            if (!(chain.config().handler() instanceof ListenerConfig.Tcp tcp)) {
                throw new IllegalStateException("chain " + chain.key() + " (expected: one of opaque bytes)");
            }
            return new TcpProxy(
                    loop,
                    connection,
                    chain.key().listener(),
                    tcp,
                    name -> snapshot.clusters().get(name));
        }
    }

    /** An endpoint has left its cluster: every loop lets its connections go. */
    private final class Retiring implements ClusterListener {
        @Override
        public void endpointRetired(Cluster cluster, ClusterEndpoint endpoint) {
            loops.retire(endpoint);
        }
    }

    /** What a scrape asks for. */
    private final class Scraped implements ProxyMetrics.Gauges {
        @Override
        public int downstreamConnections() {
            return listeners.connections();
        }

        @Override
        public long downstreamConnectionsRefused() {
            return listeners.refusedConnections();
        }

        @Override
        public Map<String, Long> filterFailures() {
            return filterFaults.counts();
        }

        @Override
        public Map<String, Long> downstreamTlsFailures() {
            return listeners.tlsFailures();
        }

        @Override
        public Map<String, Long> downstreamProxyHeaderFailures() {
            return listeners.proxyHeaderFailures();
        }

        @Override
        public Map<String, Long> downstreamChainFailures() {
            return listeners.chainFailures();
        }

        @Override
        public List<CertificateExpiry> certificates() {
            List<CertificateExpiry> all = new ArrayList<>(listeners.certificates());
            config().clusters()
                    .values()
                    .forEach(cluster -> clientTls
                            .certificate(cluster)
                            .ifPresent(own -> all.add(CertificateExpiry.of(
                                    "cluster", cluster.name().value(), own))));
            return all;
        }

        @Override
        public List<ClusterStatus> clusters() {
            return clusters.status();
        }

        @Override
        public long accessLogDropped() {
            return accessLog.dropped();
        }
    }

    /** Settings that last for the proxy's life. Confined to the thread that builds. */
    public static final class Builder {
        private int loops = Runtime.getRuntime().availableProcessors();
        private int maxConnections;
        private MemoryUse memory = MemoryUse.PROCESS;
        private @Nullable TlsEngine tlsEngine;
        private @Nullable CollectorRegistry metrics;
        private OutputStream accessLog = System.out;
        private final List<Filter> filters = new ArrayList<>();
        private List<InetSocketAddress> nameServers = List.of();

        private Builder() {}

        /** Event loops, each a thread; as many as there are processors where not said. */
        public Builder loops(int count) {
            if (count < 1) {
                throw new IllegalArgumentException("loops: " + count + " (expected: >= 1)");
            }
            this.loops = count;
            return this;
        }

        /**
         * Downstream connections open at once over all listeners; what comes beyond is closed unserved. 0, which is what it is
         * where not said, for no limit.
         */
        public Builder maxConnections(int count) {
            if (count < 0) {
                throw new IllegalArgumentException("max connections: " + count + " (expected: >= 0)");
            }
            this.maxConnections = count;
            return this;
        }

        /** Who is asked for the addresses behind names, the first of them that answers; the system's where not said. */
        public Builder nameServers(List<InetSocketAddress> servers) {
            this.nameServers = List.copyOf(servers);
            return this;
        }

        /**
         * What is asked how much memory is in use; while that is nearly all of it, new requests are answered with 503. The Java
         * process's own numbers where not said.
         */
        public Builder memory(MemoryUse use) {
            this.memory = use;
            return this;
        }

        /**
         * Who does the cryptography of TLS, on both sides; {@link TlsEngine#preferred} where not said.
         *
         * @throws IllegalArgumentException where that engine is not available here
         */
        public Builder tlsEngine(TlsEngine engine) {
            this.tlsEngine = engine.orRefuse();
            return this;
        }

        /** Not before TLS is wanted: to find out what there is loads BoringSSL. */
        private Supplier<TlsEngine> engine() {
            TlsEngine chosen = tlsEngine;
            return chosen == null ? TlsEngine::preferred : () -> chosen;
        }

        /** Registers the proxy's metrics (docs/metrics.md) there, and takes them out at its close. */
        public Builder metrics(CollectorRegistry registry) {
            this.metrics = registry;
            return this;
        }

        /**
         * Where access-log lines of all listeners go that ask for one; standard output where not said. Written by a thread of its
         * own; the stream is flushed but not closed.
         */
        public Builder accessLog(OutputStream lines) {
            this.accessLog = lines;
            return this;
        }

        /** Adds a filter to every HTTP listener, behind those added before. */
        public Builder filter(Filter filter) {
            filters.add(filter);
            return this;
        }

        public Proxy build() {
            return new Proxy(this);
        }
    }
}
