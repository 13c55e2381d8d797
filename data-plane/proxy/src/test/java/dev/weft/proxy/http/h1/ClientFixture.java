package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.ClientStreamHandler;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.StreamLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A client connection on an embedded channel; the test plays the origin. Confined to the test's thread. */
final class ClientFixture implements AutoCloseable, ClientConnection.Owner {
    /** One response as the handler saw it. */
    static final class Response extends Received implements ClientStreamHandler {
        final List<String> informational = new ArrayList<>();
        int status;
        String headers = "";

        @Override
        public void informational(ResponseHead head) {
            informational.add(head.status() + " " + head.headers());
        }

        @Override
        public void head(ResponseHead head, boolean end) {
            status = head.status();
            headers = head.headers().toString();
            ends += end ? 1 : 0;
        }
    }

    final EmbeddedChannel channel = new EmbeddedChannel();
    final Http1ClientConnection connection = Http1ClientConnection.install(channel, StreamLimits.DEFAULT, this);
    int streamsEnded;
    int connectionsEnded;

    @Override
    public void streamEnded(ClientConnection ended) {
        streamsEnded++;
    }

    @Override
    public void connectionEnded(ClientConnection ended) {
        connectionsEnded++;
    }

    static RequestHead request(String method, String... headers) {
        RequestHead head =
                new RequestHead().method(method).authority("origin:81").path("/p?q");
        for (int i = 0; i < headers.length; i += 2) {
            head.headers().add(headers[i], headers[i + 1]);
        }
        return head;
    }

    ClientStream open(RequestHead head, boolean end, Response response) {
        return connection.open(head, end, response);
    }

    /** Asks by GET. */
    Response get() {
        Response response = new Response();
        open(request("GET"), true, response);
        sent();
        return response;
    }

    ClientFixture receive(String bytes) {
        channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1));
        channel.runPendingTasks();
        return this;
    }

    String sent() {
        channel.runPendingTasks();
        StringBuilder all = new StringBuilder();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            all.append(out.toString(StandardCharsets.ISO_8859_1));
            out.release();
        }
        return all.toString();
    }

    boolean isOpen() {
        channel.runPendingTasks();
        return channel.isOpen();
    }

    void originCloses() {
        channel.close();
        channel.runPendingTasks();
    }

    @Override
    public void close() {
        channel.close();
        channel.finishAndReleaseAll();
    }
}
