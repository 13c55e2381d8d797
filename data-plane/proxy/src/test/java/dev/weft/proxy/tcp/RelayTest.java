package dev.weft.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.failure.ProxyFailure;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.model.TcpOptions;
import dev.weft.proxy.overload.MemoryGuard;
import dev.weft.proxy.overload.MemoryUse;
import dev.weft.proxy.telemetry.AccessLogWriter;
import dev.weft.proxy.telemetry.LoopAccessLog;
import dev.weft.proxy.telemetry.LoopTelemetry;
import dev.weft.proxy.time.LoopTimer;
import dev.weft.proxy.tls.ClientTlsContexts;
import dev.weft.proxy.tls.TlsEngine;
import dev.weft.proxy.upstream.Connector;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a relay reads, waits and ends, over channels whose kernel takes what the test lets it take and a clock that it turns. */
final class RelayTest {
    private static final int HIGH = 128 * 1024;
    private static final int READ = 16 * 1024;
    private static final Duration IDLE = Duration.ofMinutes(1);

    /** The kernel's side of a channel: it takes nothing while it is full. */
    private static final class Kernel extends ChannelOutboundHandlerAdapter {
        private boolean full;

        @Override
        public void flush(ChannelHandlerContext context) {
            if (!full) {
                context.flush();
            }
        }
    }

    private final Kernel clientKernel = new Kernel();
    private final Kernel endpointKernel = new Kernel();
    private final EmbeddedChannel client = channel(clientKernel);
    private final EmbeddedChannel endpoint = channel(endpointKernel);
    private final LoopTimer timer = new LoopTimer(client.eventLoop());
    private final LoopTelemetry telemetry = new LoopTelemetry();
    private final ConnectionAccount account = account();
    private int ended;

    private final Relay relay = new Relay(client, endpoint, account, timer, IDLE, () -> ended++);

    RelayTest() {
        client.freezeTime();
        relay.begin();
    }

    @AfterEach
    void letGo() {
        client.finishAndReleaseAll();
        endpoint.finishAndReleaseAll();
    }

    private static EmbeddedChannel channel(Kernel kernel) {
        EmbeddedChannel channel = new EmbeddedChannel(kernel);
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(32 * 1024, HIGH));
        return channel;
    }

    private ConnectionAccount account() {
        TcpLoop loop = new TcpLoop(
                new Connector(client.eventLoop(), EmbeddedChannel.class, new ClientTlsContexts(TlsEngine::preferred)),
                timer,
                telemetry,
                new LoopAccessLog(new AccessLogWriter(OutputStream.nullOutputStream()), timer),
                new Random(1),
                new MemoryGuard(MemoryUse.PROCESS));
        InetSocketAddress nobody = new InetSocketAddress("192.0.2.1", 1);
        return new ConnectionAccount(
                loop,
                new Connection(client, nobody, nobody, Protocol.HTTP_1_1, false, null, null),
                "tcp",
                TcpOptions.DEFAULT);
    }

    private static ByteBuf bytes(int count) {
        return Unpooled.buffer(count).writeZero(count);
    }

    private static long pending(Channel channel) {
        var buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    private void pass(long seconds) {
        client.advanceTimeBy(seconds, TimeUnit.SECONDS);
        client.runScheduledPendingTasks();
    }

    @Test
    void whatASlowReceiverHoldsIsBoundedByTheWaterMarkAndOneRead() {
        endpointKernel.full = true;
        int reads = 0;
        while (client.config().isAutoRead()) {
            client.writeInbound(bytes(READ));
            reads++;
            assertThat(reads).as("it stops reading").isLessThan(100);
        }

        assertThat(pending(endpoint)).isBetween((long) HIGH, (long) HIGH + 2 * READ);
        assertThat(endpoint.config().isAutoRead())
                .as("the other direction goes on")
                .isTrue();
        endpointKernel.full = false;
        endpoint.flush();
        assertThat(client.config().isAutoRead()).as("there is room again").isTrue();
    }

    @Test
    void whatWasTakenForASlowClientStillGoesWhenBothHaveEnded() {
        clientKernel.full = true;
        endpoint.writeInbound(bytes(READ));
        endpoint.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        client.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);

        assertThat(client.isActive()).as("has not got all").isTrue();
        assertThat(ended).isZero();
        clientKernel.full = false;
        client.flush();
        assertThat(((ByteBuf) client.readOutbound()).readableBytes()).isEqualTo(READ);
        assertThat(client.isActive()).isFalse();
        assertThat(endpoint.isActive()).isFalse();
        assertThat(ended).isEqualTo(1);
    }

    @Test
    void whatMovesEitherWayPutsTheIdleLimitOff() {
        pass(50);
        client.writeInbound(bytes(1));
        pass(50);
        endpoint.writeInbound(bytes(1));
        pass(50);
        assertThat(client.isActive()).isTrue();

        pass(11);

        assertThat(client.isActive()).isFalse();
        assertThat(endpoint.isActive()).isFalse();
        assertThat(ended).isEqualTo(1);
    }

    @Test
    void aReceiverThatTakesSomethingIsNotIdle() {
        endpointKernel.full = true;
        while (client.config().isAutoRead()) {
            client.writeInbound(bytes(READ));
        }
        pass(50);
        endpointKernel.full = false;
        endpoint.flush();
        pass(50);

        assertThat(client.isActive()).isTrue();
    }

    @Test
    void whoDoesNotTakeWhatItsLostPartnerSentIsWaitedForABriefTime() {
        clientKernel.full = true;
        endpoint.writeInbound(bytes(READ));
        endpoint.pipeline().fireExceptionCaught(new java.io.IOException("Connection reset"));
        assertThat(endpoint.isActive()).isFalse();
        assertThat(client.isActive()).isTrue();

        pass(11);

        assertThat(client.isActive()).isFalse();
        assertThat(ended).isEqualTo(1);
    }

    @Test
    void givingUpClosesBothAtOnce() {
        clientKernel.full = true;
        endpoint.writeInbound(bytes(READ));

        relay.giveUp(new ProxyFailure.TimedOut(ProxyFailure.TimedOut.Limit.CONNECTION, null));

        assertThat(client.isActive()).isFalse();
        assertThat(endpoint.isActive()).isFalse();
        assertThat(ended).isEqualTo(1);
    }
}
