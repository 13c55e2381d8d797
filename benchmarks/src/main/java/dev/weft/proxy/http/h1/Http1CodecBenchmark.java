package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.ClientConnection;
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
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.time.LoopTimer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One request through both codecs, server and client, without sockets: what the walk over the heads and the writing of them cost, and
 * (with {@code -prof gc}) allocate. The embedded channels' own queues are part of the numbers.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("this-escape") // JMH extends it, and nothing of that runs before the constructor has returned
public class Http1CodecBenchmark implements ClientConnection.Owner {
    private static final String REQUEST = "GET /api/items/42?expand=all HTTP/1.1\r\nHost: web.example:8080\r\n"
            + "User-Agent: Mozilla/5.0 (X11; Linux x86_64) benchmark\r\nAccept: text/html,application/json;q=0.9\r\n"
            + "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en\r\nCookie: session=0123456789abcdef\r\n\r\n";
    private static final String RESPONSE =
            "HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 14:38:00 GMT\r\nServer: origin\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n" + "x".repeat(100);

    private final ByteBuf request = Unpooled.directBuffer()
            .writeBytes(REQUEST.getBytes(StandardCharsets.US_ASCII))
            .asReadOnly();
    private final ByteBuf response = Unpooled.directBuffer()
            .writeBytes(RESPONSE.getBytes(StandardCharsets.US_ASCII))
            .asReadOnly();
    private final EmbeddedChannel downstream = new EmbeddedChannel();
    private final EmbeddedChannel upstream = new EmbeddedChannel();
    private final Http1ClientConnection client = Http1ClientConnection.install(upstream, StreamLimits.DEFAULT, this);
    private final RequestReader reader = new RequestReader(new TextCache());

    /** Relays between the two connections, as little as a proxy can do. */
    private static final class Relay implements StreamHandler, ClientStreamHandler {
        private final ServerStream server;

        Relay(ServerStream server) {
            this.server = server;
        }

        @Override
        public void informational(ResponseHead head) {
            server.informational(head);
        }

        @Override
        public void head(ResponseHead head, boolean end) {
            server.respond(head, end);
        }

        @Override
        public void data(ByteBuf data, boolean end) {
            server.data(data, end);
        }

        @Override
        public void trailers(Headers trailers) {
            server.trailers(trailers);
        }

        @Override
        public void reset(StreamReset cause) {
            server.reset(cause);
        }

        @Override
        public void writable() {}
    }

    public Http1CodecBenchmark() {
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", 1);
        Connection facts = new Connection(downstream, address, address, Protocol.HTTP_1_1, false, null, null);
        downstream
                .pipeline()
                .addLast(new Http1ServerConnection(
                        facts, HttpOptions.DEFAULT, this::relay, new LoopTimer(downstream.eventLoop())));
    }

    private StreamHandler relay(ServerStream stream, RequestHead head, boolean end) {
        Relay relay = new Relay(stream);
        client.open(head, end, relay);
        return relay;
    }

    @Override
    public void streamEnded(ClientConnection connection) {}

    @Override
    public void connectionEnded(ClientConnection connection) {}

    /** The walk over a request's head alone. */
    @Benchmark
    public RequestHead walk() {
        reader.start(Http1Limits.DEFAULT);
        request.readerIndex(0);
        reader.read(request);
        reader.finish();
        return reader.head();
    }

    /** A request from downstream to upstream and its response back. */
    @Benchmark
    public int exchange() {
        downstream.writeInbound(request.retainedDuplicate().readerIndex(0));
        upstream.runPendingTasks();
        int bytes = drain(upstream);
        upstream.writeInbound(response.retainedDuplicate().readerIndex(0));
        downstream.runPendingTasks();
        return bytes + drain(downstream);
    }

    private static int drain(EmbeddedChannel channel) {
        int bytes = 0;
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            bytes += out.readableBytes();
            out.release();
        }
        return bytes;
    }
}
