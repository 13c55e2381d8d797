package dev.weft.proxy.listener;

import dev.weft.proxy.listener.ClientHelloReader.BadHello;
import dev.weft.proxy.model.Inspection;
import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the ClientHello with which a connection begins, or for the first byte that shows that there is none, then gives way to
 * who comes behind, who gets all bytes from the first.
 *
 * <p>Confined to its channel's event loop.
 */
final class TlsInspector extends ByteToMessageDecoder {
    private final Inspection limits;
    private final long waitedNanos;
    private final LoopTimer timer;
    private final Consumer<ClientHello> next;
    private final Consumer<ChainFailures.Reason> onFailure;
    private final Deadline deadline;
    private final ClientHelloReader reader = new ClientHelloReader();
    private @Nullable ChannelHandlerContext context;
    private boolean over;

    /**
     * @param waitedNanos how much of the time is over already
     * @param next adds the handlers that come behind
     * @param onFailure told once why there is no connection; the channel is closed
     */
    TlsInspector(
            Inspection limits,
            long waitedNanos,
            LoopTimer timer,
            Consumer<ClientHello> next,
            Consumer<ChainFailures.Reason> onFailure) {
        this.limits = limits;
        this.waitedNanos = waitedNanos;
        this.timer = timer;
        this.next = next;
        this.onFailure = onFailure;
        this.deadline = new Deadline() {
            @Override
            protected void expired() {
                late();
            }
        };
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        if (!limits.timeout().isZero()) {
            timer.arm(deadline, limits.timeout().toNanos() - waitedNanos);
        }
    }

    @Override
    protected void decode(ChannelHandlerContext reading, ByteBuf in, List<Object> out) {
        if (over) {
            in.skipBytes(in.readableBytes());
            return;
        }
        try {
            ClientHello hello = reader.read(in);
            if (hello != null) {
                pass(reading, hello);
            }
        } catch (BadHello bad) {
            fail(bad.reason());
        }
    }

    @Override
    protected void decodeLast(ChannelHandlerContext reading, ByteBuf in, List<Object> out) {
        fail(ChainFailures.Reason.CLOSED);
    }

    /** A connection that was reset. */
    @Override
    public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
        fail(ChainFailures.Reason.CLOSED);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext removed) {
        timer.cancel(deadline);
    }

    private void late() {
        ChannelHandlerContext waiting = context;
        if (limits.continueOnTimeout() && waiting != null) {
            pass(waiting, ClientHello.NONE);
        } else {
            fail(ChainFailures.Reason.TIMEOUT);
        }
    }

    /** What was read goes on to those that come behind when this leaves. */
    private void pass(ChannelHandlerContext reading, ClientHello hello) {
        if (!over) {
            over = true;
            timer.cancel(deadline);
            next.accept(hello);
            reading.pipeline().remove(this);
        }
    }

    private void fail(ChainFailures.Reason reason) {
        if (!over) {
            over = true;
            timer.cancel(deadline);
            onFailure.accept(reason);
            if (context != null) {
                context.channel().close();
            }
        }
    }
}
