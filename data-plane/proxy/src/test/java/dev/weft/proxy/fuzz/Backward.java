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
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client that sends four requests at once, and an origin whose first connection says whatever it likes. What the first connection
 * can no longer carry goes to new ones, whose origin answers as it should. All on embedded channels; confined to the test's thread.
 */
final class Backward implements AutoCloseable {
    static final List<String> METHODS = List.of("GET", "HEAD", "POST", "GET");

    /** What we say ourselves of a request that came to nothing. */
    static final int LOST = 502;

    static final String RIGHT_BODY = "ok";

    private static final byte[] RIGHT_ANSWER =
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] RIGHT_HEAD =
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** One request that waits for its answer. */
    private final class Forwarded implements StreamHandler, ClientStreamHandler {
        private final ServerStream downstream;
        private final boolean isHead;
        private final EmbeddedChannel origin;
        private final @Nullable ClientStream upstream;
        private boolean begun;
        private boolean over;

        Forwarded(ServerStream downstream, RequestHead head, boolean end) {
            this.downstream = downstream;
            this.isHead = head.method().equals("HEAD");
            ClientConnection connection = connection();
            this.origin = (EmbeddedChannel) connection.channel();
            this.upstream = connection.open(head, end, this);
        }

        @Override
        public void data(ByteBuf data, boolean end) {
            if (!begun && end && upstream != null && !isAnswering()) {
                upstream.data(data, true);
            } else if (isAnswering()) {
                over = end;
                downstream.data(data, end);
                downstream.flush();
            } else {
                data.release();
            }
        }

        private boolean isAnswering() {
            return begun && !over;
        }

        @Override
        public void informational(ResponseHead head) {
            downstream.informational(head);
            downstream.flush();
        }

        @Override
        public void head(ResponseHead head, boolean end) {
            begun = true;
            over = end;
            downstream.respond(head, end);
            downstream.flush();
        }

        @Override
        public void trailers(Headers trailers) {
            over = true;
            downstream.trailers(trailers);
            downstream.flush();
        }

        @Override
        public void reset(StreamReset cause) {
            if (over) {
                return;
            }
            over = true;
            if (begun) {
                downstream.reset(StreamReset.PEER_ERROR);
            } else {
                begun = true;
                downstream.respond(new ResponseHead().status(LOST), true);
            }
            downstream.flush();
        }

        @Override
        public void writable() {}
    }

    private static final class Owner implements ClientConnection.Owner {
        @Override
        public void streamEnded(ClientConnection connection) {}

        @Override
        public void connectionEnded(ClientConnection connection) {}
    }

    private final EmbeddedChannel client = new EmbeddedChannel();
    private final Protocol upstream;
    private final ArrayDeque<EmbeddedChannel> origins = new ArrayDeque<>();
    private final ArrayDeque<Forwarded> unanswered = new ArrayDeque<>();
    private final ByteArrayOutputStream answered = new ByteArrayOutputStream();
    private @Nullable ClientConnection last;

    Backward(Protocol downstream, Protocol upstream) {
        this.upstream = upstream;
        client.freezeTime();
        InetSocketAddress anywhere = new InetSocketAddress("127.0.0.1", 1);
        Connection facts = new Connection(client, anywhere, anywhere, downstream, false, null, null);
        LoopTimer timer = new LoopTimer(client.eventLoop());
        client.pipeline()
                .addLast(
                        downstream == Protocol.HTTP_2
                                ? new Http2ServerConnection(facts, HttpOptions.DEFAULT, this::accept, timer)
                                : new Http1ServerConnection(facts, HttpOptions.DEFAULT, this::accept, timer));
        client.writeInbound(Unpooled.wrappedBuffer(downstream == Protocol.HTTP_2 ? framed() : lines()));
        run();
    }

    private static byte[] lines() {
        StringBuilder requests = new StringBuilder();
        for (String method : METHODS) {
            String body = method.equals("POST") ? "Content-Length: 3\r\n\r\nabc" : "\r\n";
            requests.append(method).append(" / HTTP/1.1\r\nHost: a\r\n").append(body);
        }
        return requests.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] framed() {
        Frames frames = Frames.ofClient();
        for (int i = 0; i < METHODS.size(); i++) {
            boolean withBody = METHODS.get(i).equals("POST");
            int stream = 2 * i + 1;
            frames.head(
                    stream,
                    !withBody,
                    List.of(":method", METHODS.get(i), ":scheme", "http", ":authority", "a", ":path", "/"));
            if (withBody) {
                frames.data(stream, true, "abc");
            }
        }
        return frames.bytes();
    }

    private StreamHandler accept(ServerStream stream, RequestHead head, boolean end) {
        Forwarded request = new Forwarded(stream, head, end);
        unanswered.add(request);
        return request;
    }

    private ClientConnection connection() {
        ClientConnection present = last;
        if (present != null && present.isReusable() && present.availableStreams() > 0) {
            return present;
        }
        EmbeddedChannel origin = new EmbeddedChannel();
        origins.add(origin);
        ClientConnection made = upstream == Protocol.HTTP_2
                ? Http2ClientConnection.start(
                        origin,
                        Http2Options.DEFAULT,
                        StreamLimits.DEFAULT,
                        new LoopTimer(origin.eventLoop()),
                        new Owner())
                : Http1ClientConnection.install(origin, StreamLimits.DEFAULT, new Owner());
        last = made;
        return made;
    }

    /** The first connection to the origin brings these bytes in pieces of that size, and then ends. */
    void answer(byte[] bytes, int piece) {
        EmbeddedChannel first = origins.getFirst();
        Forwarded asked = unanswered.poll();
        for (int at = 0; at < bytes.length && first.isOpen(); at += piece) {
            first.writeInbound(Unpooled.copiedBuffer(bytes, at, Math.min(piece, bytes.length - at)));
            run();
        }
        if (upstream == Protocol.HTTP_2 || (asked != null && !asked.over)) {
            first.close();
            run();
        }
        for (Forwarded next = unanswered.poll(); next != null; next = unanswered.poll()) {
            if (upstream == Protocol.HTTP_2 || next.isAnswering()) {
                next.origin.close();
            } else if (!next.over && next.origin.isOpen()) {
                next.origin.writeInbound(Unpooled.copiedBuffer(next.isHead ? RIGHT_HEAD : RIGHT_ANSWER));
            }
            run();
        }
    }

    private void run() {
        for (int turn = 0; turn < 4; turn++) {
            client.runPendingTasks();
            for (EmbeddedChannel origin : List.copyOf(origins)) {
                origin.runPendingTasks();
                origin.releaseOutbound();
            }
        }
        for (ByteBuf out = client.readOutbound(); out != null; out = client.readOutbound()) {
            byte[] bytes = new byte[out.readableBytes()];
            out.readBytes(bytes);
            out.release();
            answered.writeBytes(bytes);
        }
    }

    /** All that the client got. */
    byte[] answered() {
        run();
        return answered.toByteArray();
    }

    boolean isOpen() {
        return client.isOpen();
    }

    @Override
    public void close() {
        client.close();
        run();
        for (EmbeddedChannel origin : origins) {
            origin.close();
            origin.finishAndReleaseAll();
        }
        client.finishAndReleaseAll();
    }
}
