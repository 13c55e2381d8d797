package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.StreamLimits;
import dev.weft.proxy.model.Http2Options;
import dev.weft.proxy.time.LoopTimer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;

/** A client connection on an embedded channel: the test is the server. */
final class ClientFixture implements AutoCloseable, ClientConnection.Owner {
    /** A request that was opened. */
    static final class Opened extends Events {
        final ClientStream stream;

        Opened(ClientConnection connection, RequestHead head, boolean end) {
            stream = connection.open(head, end, this);
        }

        void data(int bytes, boolean end) {
            stream.data(Unpooled.buffer(bytes).writeZero(bytes), end);
        }
    }

    final EmbeddedChannel channel = new EmbeddedChannel();
    final Http2ClientConnection connection;
    final List<String> ownerTold = new ArrayList<>();
    private final Wire wire = new Wire();
    private final ByteBuf received = Unpooled.buffer();

    ClientFixture() {
        this(Http2Options.DEFAULT);
    }

    ClientFixture(Http2Options options) {
        channel.freezeTime();
        connection = Http2ClientConnection.start(
                channel, options, StreamLimits.DEFAULT, new LoopTimer(channel.eventLoop()), this);
    }

    /** The server's empty SETTINGS have come; what we said first is read and dropped. */
    ClientFixture greeted() {
        send(Wire.settings());
        received();
        return this;
    }

    Opened get(String path) {
        return open("GET", path, true);
    }

    Opened open(String method, String path, boolean end) {
        return new Opened(connection, head(method, path), end);
    }

    static RequestHead head(String method, String path) {
        return new RequestHead().method(method).authority("origin.test").path(path);
    }

    ClientFixture send(ByteBuf... frames) {
        for (ByteBuf frame : frames) {
            channel.writeInbound(frame);
        }
        channel.runPendingTasks();
        return this;
    }

    List<String> received() {
        channel.runPendingTasks();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            received.writeBytes(out);
            out.release();
        }
        if (received.readableBytes() >= 24 && received.getByte(received.readerIndex()) == 'P') {
            received.skipBytes(Wire.PREFACE.length);
        }
        return wire.describe(received);
    }

    @Override
    public void streamEnded(ClientConnection which) {
        ownerTold.add("stream ended, " + which.availableStreams() + " available");
    }

    @Override
    public void connectionEnded(ClientConnection which) {
        ownerTold.add("connection ended");
    }

    @Override
    public void close() {
        channel.finishAndReleaseAll();
        received.release();
    }
}
