package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.Connection;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.Refusal;
import dev.weft.proxy.http.RequestAcceptor;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.http.StreamHandler;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.testing.StallingChannel;
import dev.weft.proxy.time.LoopTimer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A server connection on an embedded channel whose requests are recorded and answered by the test. Confined to the test's thread.
 */
final class ServerFixture implements AutoCloseable {
    /** One request as the acceptor saw it. */
    static final class Request extends Received {
        final ServerStream stream;
        final String method;
        final String authority;
        final String path;
        final String scheme;
        final @Nullable String upgrade;
        final String headers;
        final boolean endedByHead;

        Request(ServerStream stream, RequestHead head, boolean end) {
            this.stream = stream;
            this.method = head.method();
            this.authority = head.authority();
            this.path = head.path();
            this.scheme = head.scheme();
            this.upgrade = head.upgrade();
            this.headers = head.headers().toString();
            this.endedByHead = end;
            this.ends = end ? 1 : 0;
        }

        void respond(int status, String... headers) {
            stream.respond(head(status, headers), true);
        }

        void respondStreaming(int status, String... headers) {
            stream.respond(head(status, headers), false);
        }

        void data(String text, boolean end) {
            stream.data(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1), end);
        }
    }

    private final MockTicker ticker = Ticker.newMockTicker();
    private final StallingChannel channelToClient = new StallingChannel(ticker);
    final EmbeddedChannel channel = channelToClient;
    final List<Request> requests = new ArrayList<>();
    final List<String> refused = new ArrayList<>();
    final Http1ServerConnection connection;
    private Consumer<Request> onRequest = request -> {};

    ServerFixture() {
        this(HttpOptions.DEFAULT);
    }

    ServerFixture(HttpOptions options) {
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", 1);
        Connection facts = new Connection(channel, address, address, Protocol.HTTP_1_1, false, null, null);
        RequestAcceptor acceptor = new RequestAcceptor() {
            @Override
            public StreamHandler accept(ServerStream stream, RequestHead head, boolean end) {
                Request request = new Request(stream, head, end);
                requests.add(request);
                onRequest.accept(request);
                return request;
            }

            @Override
            public Refusal refuse(Connection from, int status, String reason) {
                refused(from, status, reason);
                return Refusal.of(status, reason);
            }

            @Override
            public void refused(Connection from, int status, String reason) {
                refused.add(status + " " + reason);
            }
        };
        connection = new Http1ServerConnection(facts, options, acceptor, new LoopTimer(channel.eventLoop()));
        channel.pipeline().addLast(connection);
    }

    /** The client reads no more: what is written stays in the channel. */
    void stopTaking() {
        channelToClient.stopTaking();
    }

    void takeAgain() {
        channelToClient.takeAgain();
        run();
    }

    /** What is done with each request as it comes. */
    ServerFixture onRequest(Consumer<Request> action) {
        onRequest = action;
        return this;
    }

    /** Every request is answered at once with 200 and no body. */
    ServerFixture answering() {
        return onRequest(request -> request.respond(200));
    }

    ServerFixture receive(String bytes) {
        channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1));
        run();
        return this;
    }

    /** One read per byte. */
    ServerFixture receiveByteByByte(String bytes) {
        for (int i = 0; i < bytes.length(); i++) {
            receive(bytes.substring(i, i + 1));
        }
        return this;
    }

    Request request() {
        return requests.getLast();
    }

    /** What was sent since the last call. */
    String sent() {
        run();
        StringBuilder all = new StringBuilder();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            all.append(out.toString(StandardCharsets.ISO_8859_1));
            out.release();
        }
        return all.toString();
    }

    boolean isOpen() {
        run();
        return channel.isOpen();
    }

    void pass(Duration time) {
        ticker.advance(time.toNanos(), TimeUnit.NANOSECONDS);
        run();
    }

    void run() {
        channel.runPendingTasks();
    }

    @Override
    public void close() {
        channel.close();
        run();
        channel.finishAndReleaseAll();
    }

    static ResponseHead head(int status, String... headers) {
        ResponseHead head = new ResponseHead().status(status);
        for (int i = 0; i < headers.length; i += 2) {
            head.headers().add(headers[i], headers[i + 1]);
        }
        return head;
    }
}
