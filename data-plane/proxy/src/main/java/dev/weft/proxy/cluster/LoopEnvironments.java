package dev.weft.proxy.cluster;

import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.HealthCheck;
import dev.weft.proxy.time.LoopTimers;
import dev.weft.proxy.transport.Transport;
import dev.weft.proxy.upstream.Connector;
import dev.weft.proxy.upstream.UpstreamPools;
import io.netty.channel.EventLoop;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives each new cluster the next loop as its home.
 *
 * <p>Thread-safe.
 */
final class LoopEnvironments implements Supplier<Environment> {
    private final Transport transport;
    private final LoopTimers timers;
    private final Function<EventLoop, UpstreamPools> pools;
    private final @Nullable DnsServerAddressStreamProvider nameServers;
    private final Map<EventLoop, NettyNameLookup> lookups = new ConcurrentHashMap<>();

    /** Compiles what loops have caused. Its thread ends when there is nothing to do. */
    private final ThreadPoolExecutor compiler = new ThreadPoolExecutor(
            1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), new DefaultThreadFactory("weft-compiler", true));

    /** @param nameServers whom to ask; those of the system where there are none */
    LoopEnvironments(
            Transport transport,
            LoopTimers timers,
            Function<EventLoop, UpstreamPools> pools,
            List<InetSocketAddress> nameServers) {
        this.nameServers = nameServers.isEmpty() ? null : new SequentialDnsServerAddressStreamProvider(nameServers);
        this.transport = transport;
        this.timers = timers;
        this.pools = pools;
        compiler.allowCoreThreadTimeOut(true);
    }

    @Override
    public Environment get() {
        EventLoop home = transport.loops().next();
        return new Environment(
                home,
                timers.of(home),
                new SplittableRandom(),
                this::compile,
                (cluster, check, address) -> probe(home, cluster, check, address),
                lookups.computeIfAbsent(
                        home,
                        loop -> new NettyNameLookup(
                                loop, transport.datagramChannel(), transport.socketChannel(), nameServers)));
    }

    void close() {
        compiler.shutdown();
        lookups.forEach((loop, lookup) -> loop.execute(lookup::close));
    }

    /** A ring may take milliseconds to compile: too long for a loop. Other threads wait for it, so that they see their change. */
    private void compile(Runnable task) {
        for (EventExecutor loop : transport.loops()) {
            if (loop.inEventLoop() && !compiler.isShutdown()) {
                compiler.execute(task);
                return;
            }
        }
        task.run();
    }

    private Probe probe(EventLoop home, Cluster cluster, HealthCheck check, InetSocketAddress address) {
        String name = cluster.name().value();
        return switch (check.probe()) {
            case HealthCheck.TcpProbe _ ->
                new TcpProbe(
                        home, transport.socketChannel(), address, () -> Connector.preamble(cluster.config(), null));
            case HealthCheck.HttpProbe http ->
                new HttpProbe(
                        http,
                        name,
                        pools.apply(home),
                        new CheckTarget(
                                cluster, http.http2() ? UpstreamProtocol.HTTP2 : UpstreamProtocol.HTTP1, address));
            case HealthCheck.GrpcProbe grpc ->
                new GrpcProbe(grpc, name, pools.apply(home), new CheckTarget(cluster, UpstreamProtocol.HTTP2, address));
        };
    }
}
