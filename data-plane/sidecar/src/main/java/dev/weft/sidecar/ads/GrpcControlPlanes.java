package dev.weft.sidecar.ads;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.tls.TlsEngine;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Control planes over TCP, all on one event loop of their own. Confined to the configuration's thread. */
public final class GrpcControlPlanes implements ControlPlanes {
    /** Every few seconds is often enough to notice a control plane that is gone without a word. */
    private static final long KEEPALIVE_SECONDS = 10;

    private static final long KEEPALIVE_TIMEOUT_SECONDS = 5;
    private static final int MAX_MESSAGE_BYTES = 256 << 20;

    private final List<Address> addresses;
    private final String authority;
    private final Executor thread;
    private final EventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("weft-ads", true), NioIoHandler.newFactory());
    private final @Nullable ManagedChannel[] channels;

    /** Secured as is no longer wanted, and still in use. */
    private final List<ManagedChannel> retired = new ArrayList<>();

    private final Optional<TlsEngine> engine;
    private Optional<ClientTls> tls;

    /**
     * @param ip whether {@code host} is an IP rather than a name
     */
    public record Address(String host, int port, boolean ip) {
        @Override
        public String toString() {
            return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
        }
    }

    /**
     * @param authority of the requests; empty for the address
     * @param engine of TLS, in place of the best that there is
     * @param thread the configuration's, on which the channels do their work
     */
    public GrpcControlPlanes(
            List<Address> addresses,
            Optional<ClientTls> tls,
            String authority,
            Optional<TlsEngine> engine,
            Executor thread) {
        this.addresses = List.copyOf(addresses);
        this.engine = engine;
        this.tls = tls;
        this.authority = authority;
        this.thread = thread;
        this.channels = new ManagedChannel[addresses.size()];
    }

    @Override
    public int size() {
        return addresses.size();
    }

    @Override
    public String address(int index) {
        return addresses.get(index).toString();
    }

    @Override
    public ManagedChannel channel(int index) {
        ManagedChannel channel = channels[index];
        if (channel == null) {
            channel = dial(addresses.get(index));
            channels[index] = channel;
        }
        return channel;
    }

    private ManagedChannel dial(Address address) {
        NettyChannelBuilder builder = address.ip()
                ? NettyChannelBuilder.forAddress(new InetSocketAddress(address.host(), address.port()))
                : NettyChannelBuilder.forTarget("dns:///" + address);
        builder.eventLoopGroup(loop)
                .channelType(NioSocketChannel.class)
                .executor(thread)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .disableRetry();
        if (!authority.isEmpty()) {
            builder.overrideAuthority(authority);
        }
        if (tls.isPresent()) {
            secure(builder, tls.get());
        } else {
            builder.usePlaintext();
        }
        return builder.build();
    }

    private void secure(NettyChannelBuilder builder, ClientTls settings) {
        if (authority.isEmpty() && !settings.serverName().isEmpty()) {
            builder.overrideAuthority(settings.serverName());
        }
        builder.useTransportSecurity().sslContext(ControlPlaneTls.context(settings, engine));
    }

    /** Secures the connections that are made from now on so; those that are there go on for as long as their streams do. */
    public void secure(Optional<ClientTls> next) {
        if (next.equals(tls)) {
            return;
        }
        tls = next;
        retired.removeIf(ManagedChannel::isTerminated);
        for (int i = 0; i < channels.length; i++) {
            ManagedChannel channel = channels[i];
            if (channel != null) {
                channels[i] = null;
                retired.add(channel.shutdown());
            }
        }
    }

    @Override
    public void close() {
        retired.forEach(ManagedChannel::shutdownNow);
        for (ManagedChannel channel : channels) {
            if (channel != null) {
                channel.shutdownNow();
            }
        }
        var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
