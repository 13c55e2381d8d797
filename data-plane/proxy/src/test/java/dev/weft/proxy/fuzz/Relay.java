package dev.weft.proxy.fuzz;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.ClientStreamHandler;
import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.http.StreamLimits;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.http.h1.Http1ClientConnection;
import dev.weft.proxy.http.h1.Http1ServerConnection;
import dev.weft.proxy.http.h2.Http2ClientConnection;
import dev.weft.proxy.http.h2.Http2ServerConnection;
import dev.weft.proxy.model.Http2Options;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.time.LoopTimer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server connection whose every request is written by a client connection of its own, of either version, and answered once it is whole, all on
 * embedded channels. Confined to the test's thread.
 */
final class Relay implements AutoCloseable {
    /** One request on its way. */
    static final class Forwarded implements StreamHandler, ClientStreamHandler, ClientConnection.Owner {
        private final ServerStream downstream;
        private final EmbeddedChannel origin = new EmbeddedChannel();
        private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
        final Protocol protocol;
        final String method;
        final String path;
        final boolean tunnel;
        private final @Nullable ClientStream upstream;
        boolean ended;
        boolean reset;

        Forwarded(ServerStream downstream, Protocol to, RequestHead head, boolean end) {
            this.downstream = downstream;
            this.method = head.method();
            this.path = head.path();
            this.tunnel = head.method().equals("CONNECT") || head.upgrade() != null;
            this.protocol = to;
            ClientConnection connection = to == Protocol.HTTP_2
                    ? Http2ClientConnection.start(
                            origin, Http2Options.DEFAULT, StreamLimits.DEFAULT, new LoopTimer(origin.eventLoop()), this)
                    : Http1ClientConnection.install(origin, StreamLimits.DEFAULT, this);
            this.upstream = connection.open(head, end, this);
            if (end) {
                ended();
            }
        }

        private void ended() {
            ended = true;
            downstream.respond(new ResponseHead().status(200), true);
        }

        @Override
        public void data(ByteBuf data, boolean end) {
            if (upstream == null) {
                data.release();
            } else {
                upstream.data(data, end);
            }
            if (end) {
                ended();
            }
        }

        @Override
        public void trailers(Headers trailers) {
            if (upstream != null) {
                upstream.trailers(trailers);
            }
            ended();
        }

        @Override
        public void reset(StreamReset cause) {
            reset = true;
            if (upstream != null) {
                upstream.reset(StreamReset.CANCELLED);
            }
        }

        @Override
        public void writable() {}

        @Override
        public void informational(ResponseHead head) {}

        @Override
        public void head(ResponseHead head, boolean end) {}

        @Override
        public void streamEnded(ClientConnection connection) {}

        @Override
        public void connectionEnded(ClientConnection connection) {}

        /** All that the origin got. */
        byte[] sent() {
            if (upstream != null) {
                upstream.flush();
            }
            origin.runPendingTasks();
            for (ByteBuf out = origin.readOutbound(); out != null; out = origin.readOutbound()) {
                byte[] bytes = new byte[out.readableBytes()];
                out.readBytes(bytes);
                out.release();
                sent.writeBytes(bytes);
            }
            return sent.toByteArray();
        }

        private void close() {
            sent();
            origin.finishAndReleaseAll();
        }
    }

    private final EmbeddedChannel client = new EmbeddedChannel();
    final List<Forwarded> forwarded = new ArrayList<>();

    private final Protocol upstream;

    Relay(Protocol protocol, Protocol upstream) {
        this.upstream = upstream;
        client.freezeTime();
        InetSocketAddress anywhere = new InetSocketAddress("127.0.0.1", 1);
        Connection facts = new Connection(client, anywhere, anywhere, protocol, false, null, null);
        LoopTimer timer = new LoopTimer(client.eventLoop());
        client.pipeline()
                .addLast(
                        protocol == Protocol.HTTP_2
                                ? new Http2ServerConnection(facts, HttpOptions.DEFAULT, this::accept, timer)
                                : new Http1ServerConnection(facts, HttpOptions.DEFAULT, this::accept, timer));
    }

    private StreamHandler accept(ServerStream stream, RequestHead head, boolean end) {
        Forwarded request = new Forwarded(stream, upstream, head, end);
        forwarded.add(request);
        return request;
    }

    /** Reads these bytes in pieces of that size. */
    void receive(byte[] bytes, int piece) {
        for (int at = 0; at < bytes.length && client.isOpen(); at += piece) {
            client.writeInbound(Unpooled.copiedBuffer(bytes, at, Math.min(piece, bytes.length - at)));
            client.runPendingTasks();
            dropAnswers();
        }
    }

    private void dropAnswers() {
        for (ByteBuf out = client.readOutbound(); out != null; out = client.readOutbound()) {
            out.release();
        }
    }

    @Override
    public void close() {
        client.close();
        client.runPendingTasks();
        forwarded.forEach(Forwarded::close);
        client.finishAndReleaseAll();
    }
}
