package dev.weft.proxy.testing;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A request that a test has begun, in the words that both versions share. Confined to the test's thread. */
public abstract sealed class Call {
    final List<Integer> interims = new ArrayList<>();

    private Call() {}

    /** A client of that version on a connected socket. */
    public static Client client(Version version, Socket socket) throws IOException {
        return switch (version) {
            case HTTP_1 -> new Client(RawClient.over(socket), null);
            case HTTP_2 -> new Client(RawClient.over(socket), RawHttp2.client(socket));
        };
    }

    /** A connection to a proxy, whose calls follow each other. */
    public static final class Client implements AutoCloseable {
        private final RawClient http1;
        private final @Nullable RawHttp2 http2;
        private int lastStream = -1;

        private Client(RawClient http1, @Nullable RawHttp2 http2) {
            this.http1 = http1;
            this.http2 = http2;
        }

        /**
         * Sends a head. A body of which {@code content-length} does not tell the length is chunked over HTTP/1.
         *
         * @param end whether it is all there is
         * @param fields each {@code name: value}
         */
        public Call call(boolean end, String method, String path, String... fields) throws IOException {
            if (http2 == null) {
                return new OverHttp1(http1, method, path, end, List.of(fields));
            }
            Stream<String> pseudo =
                    Stream.of(":method: " + method, ":scheme: http", ":authority: web", ":path: " + path);
            return new OverHttp2(http2, nextStream(), end, Stream.concat(pseudo, Arrays.stream(fields)));
        }

        /** Asks for a WebSocket. */
        public Call webSocket(String path) throws IOException {
            if (http2 == null) {
                return new OverHttp1(
                        http1,
                        "GET",
                        path,
                        true,
                        List.of(
                                "connection: upgrade",
                                "upgrade: websocket",
                                "sec-websocket-version: 13",
                                "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="));
            }
            return new OverHttp2(
                    http2,
                    nextStream(),
                    false,
                    Stream.of(
                            ":method: CONNECT",
                            ":protocol: websocket",
                            ":scheme: http",
                            ":authority: web",
                            ":path: " + path,
                            "sec-websocket-version: 13"));
        }

        /** Asks for a tunnel to {@code authority}. */
        public Call connect(String authority) throws IOException {
            if (http2 == null) {
                return new OverHttp1(http1, "CONNECT", authority, true, List.of());
            }
            return new OverHttp2(http2, nextStream(), false, Stream.of(":method: CONNECT", ":authority: " + authority));
        }

        private int nextStream() {
            lastStream += 2;
            return lastStream;
        }

        /** The connection itself, for what is not HTTP; over HTTP/2 it must not be read. */
        public RawClient raw() {
            return http1;
        }

        @Override
        public void close() throws IOException {
            http1.close();
        }
    }

    /** More of the body. */
    public abstract Call send(String data, boolean end) throws IOException;

    /** The end of a body of unknown length. */
    public abstract Call trailers(String... fields) throws IOException;

    /** Opaque bytes of a tunnel. */
    public abstract Call tunnel(String data) throws IOException;

    /** Nothing more from here through a tunnel. */
    public abstract void endTunnel() throws IOException;

    /** The next 1xx. */
    public abstract int interim() throws IOException;

    /** Up to the response's head. */
    public abstract Answer head() throws IOException;

    /** So many bytes of the body, or of a tunnel, behind a head that was read. */
    public abstract String receive(int bytes) throws IOException;

    /** All of the response; what is missing is not an exception but said in it. */
    public abstract Answer answer() throws IOException;

    /** The client gives up. */
    public abstract void cancel() throws IOException;

    private static final class OverHttp1 extends Call {
        private final RawClient client;
        private final boolean isHead;
        private boolean chunked;
        private @Nullable RawMessage head;
        private int chunkLeft;

        OverHttp1(RawClient client, String method, String path, boolean end, List<String> fields) throws IOException {
            this.client = client;
            this.isHead = method.equals("HEAD");
            StringBuilder text = new StringBuilder(method + " " + path + " HTTP/1.1\r\nhost: web\r\n");
            fields.forEach(field -> text.append(field).append("\r\n"));
            this.chunked = !end && Answer.value(fields, "content-length") == null;
            client.send(text + (chunked ? "transfer-encoding: chunked\r\n\r\n" : "\r\n"));
        }

        @Override
        public Call send(String data, boolean end) throws IOException {
            if (!chunked) {
                client.send(data);
            } else {
                client.send((data.isEmpty() ? "" : Integer.toHexString(data.length()) + "\r\n" + data + "\r\n")
                        + (end ? "0\r\n\r\n" : ""));
            }
            return this;
        }

        @Override
        public Call trailers(String... fields) throws IOException {
            client.send("0\r\n" + String.join("\r\n", fields) + "\r\n\r\n");
            return this;
        }

        @Override
        public Call tunnel(String data) throws IOException {
            client.send(data);
            return this;
        }

        @Override
        public void endTunnel() throws IOException {
            client.shutdownOutput();
        }

        @Override
        public int interim() throws IOException {
            int status = client.responseHead().status();
            interims.add(status);
            return status;
        }

        @Override
        public Answer head() throws IOException {
            RawMessage read = client.responseHead();
            while (read.status() < 200 && read.status() != 101) {
                interims.add(read.status());
                read = client.responseHead();
            }
            head = read;
            chunked = "chunked".equals(read.header("transfer-encoding"));
            return answer(read, true);
        }

        @Override
        public String receive(int bytes) throws IOException {
            StringBuilder text = new StringBuilder();
            while (text.length() < bytes) {
                if (chunked && chunkLeft == 0) {
                    StringBuilder size = new StringBuilder();
                    while (!size.toString().endsWith("\r\n")) {
                        size.append(client.receive(1));
                    }
                    chunkLeft = Integer.parseInt(size.toString().strip(), 16);
                }
                int now = chunked ? Math.min(chunkLeft, bytes - text.length()) : bytes - text.length();
                text.append(client.receive(now));
                chunkLeft -= chunked ? now : 0;
                if (chunked && chunkLeft == 0) {
                    client.receive(2);
                }
            }
            return text.toString();
        }

        @Override
        public Answer answer() throws IOException {
            RawMessage read = head;
            try {
                if (read == null) {
                    head();
                    read = head;
                }
                return read == null || isHead ? answer(read, true) : answer(client.rest(read), true);
            } catch (EOFException | SocketException cut) {
                return answer(head, false);
            }
        }

        private Answer answer(@Nullable RawMessage read, boolean whole) {
            if (read == null) {
                return new Answer(interims, 0, List.of(), "", List.of(), false);
            }
            List<String> fields = read.head().lines().skip(1).toList();
            return new Answer(
                    interims,
                    read.status(),
                    fields,
                    read.body(),
                    read.trailers().lines().toList(),
                    whole);
        }

        @Override
        public void cancel() throws IOException {
            client.reset();
        }
    }

    private static final class OverHttp2 extends Call {
        private static final int CANCEL = 8;

        private final RawHttp2 peer;
        private final int stream;
        private RawHttp2.@Nullable Frame head;
        private final StringBuilder received = new StringBuilder();

        OverHttp2(RawHttp2 peer, int stream, boolean end, Stream<String> fields) throws IOException {
            this.peer = peer;
            this.stream = stream;
            peer.headers(stream, end, fields.toList());
        }

        @Override
        public Call send(String data, boolean end) throws IOException {
            peer.body(stream, end, data);
            return this;
        }

        @Override
        public Call trailers(String... fields) throws IOException {
            peer.headers(stream, true, fields);
            return this;
        }

        @Override
        public Call tunnel(String data) throws IOException {
            return send(data, false);
        }

        @Override
        public void endTunnel() throws IOException {
            send("", true);
        }

        @Override
        public int interim() throws IOException {
            int status = peer.await(stream).status();
            interims.add(status);
            return status;
        }

        @Override
        public Answer head() throws IOException {
            RawHttp2.Frame frame = peer.await(stream);
            while (frame.type() == RawHttp2.HEADERS && frame.status() < 200) {
                interims.add(frame.status());
                frame = peer.await(stream);
            }
            if (frame.type() != RawHttp2.HEADERS) {
                throw new EOFException("no head: " + frame);
            }
            head = frame;
            return answer(List.of(), true);
        }

        @Override
        public String receive(int bytes) throws IOException {
            while (received.length() < bytes) {
                RawHttp2.Frame frame = peer.await(stream);
                if (frame.type() != RawHttp2.DATA) {
                    throw new EOFException("no data: " + frame);
                }
                take(frame);
            }
            String text = received.substring(0, bytes);
            received.delete(0, bytes);
            return text;
        }

        private void take(RawHttp2.Frame data) throws IOException {
            received.append(data.text());
            if (!data.text().isEmpty()) {
                peer.windowUpdate(0, data.text().length());
                if (!data.isEnd()) {
                    peer.windowUpdate(stream, data.text().length());
                }
            }
        }

        @Override
        public Answer answer() throws IOException {
            try {
                if (head == null) {
                    head();
                }
            } catch (EOFException cut) {
                return answer(List.of(), false);
            }
            List<String> trailers = List.of();
            boolean ended = head == null || head.isEnd();
            while (!ended) {
                RawHttp2.Frame frame = peer.await(stream);
                ended = frame.isEnd();
                switch (frame.type()) {
                    case RawHttp2.DATA -> take(frame);
                    case RawHttp2.HEADERS -> trailers = frame.fields();
                    default -> {
                        return answer(List.of(), false);
                    }
                }
            }
            return answer(trailers, true);
        }

        private Answer answer(List<String> trailers, boolean whole) {
            RawHttp2.Frame read = head;
            return read == null
                    ? new Answer(interims, 0, List.of(), "", List.of(), false)
                    : new Answer(interims, read.status(), read.fields(), received.toString(), trailers, whole);
        }

        @Override
        public void cancel() throws IOException {
            peer.reset(stream, CANCEL);
        }
    }
}
