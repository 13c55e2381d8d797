package dev.weft.proxy.cluster;

import dev.weft.proxy.model.ClusterConfig.AddressFamily;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks the system's name servers over UDP, and TCP where an answer is cut; {@code /etc/hosts} comes first.
 *
 * <p>Confined to its event loop. Nothing is cached: how often to ask is the cluster's to say.
 */
final class NettyNameLookup implements NameLookup, AutoCloseable {
    private final EventLoop loop;
    private final Class<? extends DatagramChannel> datagramChannel;
    private final Class<? extends SocketChannel> socketChannel;
    private final @Nullable DnsServerAddressStreamProvider servers;

    /** Made when they are first needed, since most proxies look nothing up. */
    private final Map<AddressFamily, DnsNameResolver> resolvers = new EnumMap<>(AddressFamily.class);

    /** @param servers whom to ask, or null for those of the system */
    NettyNameLookup(
            EventLoop loop,
            Class<? extends DatagramChannel> datagramChannel,
            Class<? extends SocketChannel> socketChannel,
            @Nullable DnsServerAddressStreamProvider servers) {
        this.loop = loop;
        this.datagramChannel = datagramChannel;
        this.socketChannel = socketChannel;
        this.servers = servers;
    }

    @Override
    public void lookUp(String host, AddressFamily family, Answer answer) {
        resolvers.computeIfAbsent(family, this::resolver).resolveAll(host).addListener(done -> {
            if (done.isSuccess()) {
                @SuppressWarnings("unchecked")
                List<InetAddress> addresses = (List<InetAddress>) done.getNow();
                boolean anyIpv4 = addresses.stream().anyMatch(Inet4Address.class::isInstance);
                answer.found(addresses.stream()
                        .filter(address -> !anyIpv4 || address instanceof Inet4Address)
                        .map(InetAddress::getHostAddress)
                        .distinct()
                        .toList());
            } else {
                answer.failed(String.valueOf(done.cause().getMessage()));
            }
        });
    }

    @Override
    public void close() {
        resolvers.values().forEach(DnsNameResolver::close);
        resolvers.clear();
    }

    private DnsNameResolver resolver(AddressFamily family) {
        DnsNameResolverBuilder builder = new DnsNameResolverBuilder(loop)
                .datagramChannelType(datagramChannel)
                .socketChannelType(socketChannel)
                .resolvedAddressTypes(
                        switch (family) {
                            case IPV4_PREFERRED -> ResolvedAddressTypes.IPV4_PREFERRED;
                            case IPV4_ONLY -> ResolvedAddressTypes.IPV4_ONLY;
                            case IPV6_ONLY -> ResolvedAddressTypes.IPV6_ONLY;
                        })
                .resolveCache(NoopDnsCache.INSTANCE)
                .cnameCache(NoopDnsCnameCache.INSTANCE);
        if (servers != null) {
            builder.nameServerProvider(servers);
        }
        return builder.build();
    }
}
