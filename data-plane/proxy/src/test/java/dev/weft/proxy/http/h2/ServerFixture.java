package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.time.LoopTimer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server connection on an embedded channel: a test sends it frames and reads what came out and what was accepted. */
final class ServerFixture implements AutoCloseable {
    /** A request that was accepted. */
    static final class Accepted extends Events {
        final ServerStream stream;
        final RequestHead head;

        Accepted(ServerStream stream, RequestHead head, boolean end) {
            this.stream = stream;
            this.head = head;
            lines.add(head.method() + " " + head.scheme() + "://" + head.authority() + head.path()
                    + (head.upgrade() == null ? "" : " upgrade " + head.upgrade())
                    + fields(head.headers()) + (end ? " end" : ""));
        }

        void respond(int status, boolean end) {
            stream.respond(new ResponseHead().status(status), end);
        }

        void data(String text, boolean end) {
            stream.data(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1), end);
        }

        void data(int bytes, boolean end) {
            stream.data(Unpooled.buffer(bytes).writeZero(bytes), end);
        }
    }

    final EmbeddedChannel channel = new EmbeddedChannel();
    final List<Accepted> accepted = new ArrayList<>();
    final Http2ServerConnection connection;
    private final Wire wire = new Wire();
    private final ByteBuf received = Unpooled.buffer();

    ServerFixture() {
        this(HttpOptions.DEFAULT);
    }

    ServerFixture(HttpOptions options) {
        channel.freezeTime();
        InetSocketAddress anywhere = InetSocketAddress.createUnresolved("localhost", 1);
        Connection facts = new Connection(channel, anywhere, anywhere, Protocol.HTTP_2, false, null, null);
        connection = new Http2ServerConnection(facts, options, this::accept, new LoopTimer(channel.eventLoop()));
        channel.pipeline().addLast(connection);
    }

    private StreamHandler accept(ServerStream stream, RequestHead head, boolean end) {
        Accepted request = new Accepted(stream, head, end);
        accepted.add(request);
        return request;
    }

    /** The preface and empty SETTINGS; what that causes is read and dropped. */
    ServerFixture greeted() {
        send(Unpooled.copiedBuffer(Wire.PREFACE), Wire.settings());
        received();
        return this;
    }

    ServerFixture send(ByteBuf... frames) {
        for (ByteBuf frame : frames) {
            channel.writeInbound(frame);
        }
        channel.runPendingTasks();
        return this;
    }

    /** All frames that came since the last call, after the flush that whoever answers owes. */
    List<String> received() {
        accepted.forEach(request -> request.stream.flush());
        channel.runPendingTasks();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            received.writeBytes(out);
            out.release();
        }
        return wire.describe(received);
    }

    /** What the answer to a head that was too large is received as. */
    static String[] tooLarge(int stream) {
        return new String[] {
            "HEADERS " + stream + " [:status=431, content-type=text/plain, content-length=28]",
            "DATA " + stream + " 28 bytes end"
        };
    }

    void pass(long seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() {
        channel.finishAndReleaseAll();
        received.release();
    }
}
