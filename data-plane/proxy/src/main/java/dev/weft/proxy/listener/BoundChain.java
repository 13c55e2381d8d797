package dev.weft.proxy.listener;

import dev.weft.proxy.model.ChainKey;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.Chain;
import dev.weft.proxy.tls.ServerTlsContext;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What connections of one chain are served with. Thread-safe. */
final class BoundChain implements ServingChain {
    /** Replaced whole. */
    private record Serving(
            ChainKey key, Chain config, @Nullable ServerTlsContext tls) {}

    /** Written by whoever applies configuration, read by the loops. */
    private volatile Serving serving;

    /** Set once, after the listener has ceased to choose this chain; who has just been given to it sees it then. */
    private volatile boolean draining;

    BoundChain(ChainKey key, Chain config, @Nullable ServerTlsContext tls) {
        this.serving = new Serving(key, config, tls);
    }

    /**
     * Whether connections that this chain serves may go on under {@code next}: what it says of HTTP concerns their next requests,
     * and new certificates only new handshakes. Other peers to be trusted or another cluster concern the connection itself.
     *
     * @param nextTls what {@code next} terminates TLS with
     */
    boolean canGoOnAs(Chain next, @Nullable ServerTlsContext nextTls) {
        Serving now = serving;
        boolean sameHandler = switch (next.handler()) {
            case ListenerConfig.Http http -> now.config.handler() instanceof ListenerConfig.Http;
            case ListenerConfig.Tcp tcp ->
                now.config.handler() instanceof ListenerConfig.Tcp its && keepsClusters(tcp, its);
            case ListenerConfig.Closed _ -> now.config.handler() instanceof ListenerConfig.Closed;
        };
        if (now.tls == null || nextTls == null) {
            return sameHandler && now.tls == nextTls;
        }
        return sameHandler && nextTls.keepsClientsOf(now.tls);
    }

    /** Weights and limits concern new connections; those that are there may be with any cluster of before. */
    private static boolean keepsClusters(ListenerConfig.Tcp next, ListenerConfig.Tcp now) {
        return clusters(next).containsAll(clusters(now));
    }

    private static Set<ClusterName> clusters(ListenerConfig.Tcp tcp) {
        return tcp.clusters().stream().map(ListenerConfig.TcpCluster::cluster).collect(Collectors.toSet());
    }

    void update(ChainKey key, Chain config, @Nullable ServerTlsContext tls) {
        serving = new Serving(key, config, tls);
    }

    @Override
    public Chain config() {
        return serving.config;
    }

    @Override
    public ChainKey key() {
        return serving.key;
    }

    String listener() {
        return serving.key.listener();
    }

    @Nullable
    ServerTlsContext tls() {
        return serving.tls;
    }

    boolean isDraining() {
        return draining;
    }

    void drain() {
        draining = true;
    }

    /** How long its connections may take to finish once it is gone. */
    static Duration drainTime(Chain chain) {
        return switch (chain.handler()) {
            case ListenerConfig.Http http -> http.options().drainTimeout();
            case ListenerConfig.Tcp tcp -> tcp.options().drainTimeout();
            case ListenerConfig.Closed _ -> Duration.ZERO;
        };
    }
}
