package dev.weft.proxy.testing;

import java.io.EOFException;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A request as an origin has it, in the words that both versions share. Confined to the thread of its connection. */
public abstract sealed class Served {
    /** What an origin does with each request. */
    @FunctionalInterface
    public interface Script {
        void serve(Served request) throws IOException;
    }

    private Served() {}

    /** An origin of that version; requests of one connection follow each other. */
    public static RawOrigin origin(Version version, ServerSocket listener, Script script) {
        return RawOrigin.over(listener, wire -> {
            switch (version) {
                case HTTP_1 -> {
                    while (true) {
                        script.serve(new OverHttp1(wire, wire.requestHead()));
                    }
                }
                case HTTP_2 -> {
                    RawHttp2 peer = RawHttp2.server(wire.socket());
                    peer.settings(RawHttp2.ENABLE_CONNECT_PROTOCOL, 1);
                    for (RawHttp2.Frame frame = peer.await();
                            frame.type() != RawHttp2.CONNECTION_END;
                            frame = peer.await()) {
                        if (frame.type() == RawHttp2.HEADERS && frame.field(":method") != null) {
                            script.serve(new OverHttp2(peer, frame));
                        }
                    }
                }
            }
        });
    }

    public abstract String method();

    public abstract String path();

    public abstract @Nullable String field(String name);

    /** All of it, with the trailers behind it. */
    public abstract String body() throws IOException;

    /** Once the body was read, each {@code name: value}. */
    public abstract List<String> trailers();

    public abstract Served interim(int status, String... fields) throws IOException;

    /** A body of which {@code content-length} does not tell the length is chunked over HTTP/1. */
    public abstract Served respond(int status, boolean end, String... fields) throws IOException;

    public abstract Served send(String data, boolean end) throws IOException;

    public abstract Served trailers(String... fields) throws IOException;

    /** In the middle of whatever it is at. */
    public abstract void reset() throws IOException;

    /** Returns once the proxy has given the request up. */
    public abstract void awaitCancel() throws IOException;

    /** Consents to a WebSocket. */
    public abstract Served switched() throws IOException;

    /** Consents to a CONNECT. */
    public abstract Served connected() throws IOException;

    /** So many bytes of a body of known length, or of a tunnel. */
    public abstract String receive(int bytes) throws IOException;

    /** What comes through a tunnel up to its end. */
    public abstract String receiveToEnd() throws IOException;

    /** Nothing more from here through a tunnel. */
    public abstract void endTunnel() throws IOException;

    /** Opaque bytes of a tunnel. */
    public abstract Served tunnel(String data) throws IOException;

    /** Nothing more from here through a tunnel, which the client may go on with. */
    public abstract void endOutput() throws IOException;

    private static final class OverHttp1 extends Served {
        private final RawOrigin.Wire wire;
        private RawMessage request;
        private boolean chunked;

        OverHttp1(RawOrigin.Wire wire, RawMessage head) {
            this.wire = wire;
            this.request = head;
        }

        @Override
        public String method() {
            return request.startLine().split(" ")[0];
        }

        @Override
        public String path() {
            return request.startLine().split(" ")[1];
        }

        @Override
        public @Nullable String field(String name) {
            return request.header(name);
        }

        @Override
        public String body() throws IOException {
            request = wire.rest(request);
            return request.body();
        }

        @Override
        public List<String> trailers() {
            return request.trailers().lines().toList();
        }

        @Override
        public Served interim(int status, String... fields) throws IOException {
            return head(status, List.of(fields));
        }

        @Override
        public Served respond(int status, boolean end, String... fields) throws IOException {
            List<String> all = new ArrayList<>(List.of(fields));
            boolean sized = Answer.value(all, "content-length") != null;
            chunked = !end && !sized;
            if (chunked) {
                all.add("transfer-encoding: chunked");
            } else if (!sized && status != 204 && status != 304) {
                all.add("content-length: 0");
            }
            return head(status, all);
        }

        private Served head(int status, List<String> fields) throws IOException {
            StringBuilder text = new StringBuilder("HTTP/1.1 " + status + " X\r\n");
            fields.forEach(field -> text.append(field).append("\r\n"));
            wire.send(text + "\r\n");
            return this;
        }

        @Override
        public Served send(String data, boolean end) throws IOException {
            if (!chunked) {
                wire.send(data);
            } else {
                wire.send((data.isEmpty() ? "" : Integer.toHexString(data.length()) + "\r\n" + data + "\r\n")
                        + (end ? "0\r\n\r\n" : ""));
            }
            return this;
        }

        @Override
        public Served trailers(String... fields) throws IOException {
            wire.send("0\r\n" + String.join("\r\n", fields) + "\r\n\r\n");
            return this;
        }

        @Override
        public void reset() throws IOException {
            wire.socket().close();
        }

        @Override
        public void awaitCancel() throws IOException {
            wire.receiveToEnd();
        }

        @Override
        public Served switched() throws IOException {
            return head(
                    101,
                    List.of(
                            "connection: upgrade",
                            "upgrade: websocket",
                            "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        }

        @Override
        public Served connected() throws IOException {
            return head(200, List.of());
        }

        @Override
        public void endOutput() throws IOException {
            wire.shutdownOutput();
        }

        @Override
        public String receive(int bytes) throws IOException {
            return wire.receive(bytes);
        }

        @Override
        public String receiveToEnd() throws IOException {
            return wire.receiveToEnd();
        }

        @Override
        public void endTunnel() throws IOException {
            wire.socket().close();
        }

        @Override
        public Served tunnel(String data) throws IOException {
            wire.send(data);
            return this;
        }
    }

    private static final class OverHttp2 extends Served {
        private static final int INTERNAL_ERROR = 2;

        private final RawHttp2 peer;
        private final RawHttp2.Frame head;
        private final StringBuilder received = new StringBuilder();
        private List<String> trailers = List.of();
        private boolean ended;

        OverHttp2(RawHttp2 peer, RawHttp2.Frame head) {
            this.peer = peer;
            this.head = head;
            this.ended = head.isEnd();
        }

        @Override
        public String method() {
            return String.valueOf(head.field(":method"));
        }

        @Override
        public String path() {
            return String.valueOf(head.field(":path"));
        }

        @Override
        public @Nullable String field(String name) {
            return head.field(name);
        }

        @Override
        public String body() throws IOException {
            while (!ended) {
                take();
            }
            String all = received.toString();
            received.setLength(0);
            return all;
        }

        private void take() throws IOException {
            RawHttp2.Frame frame = peer.await(head.stream());
            ended = frame.isEnd();
            switch (frame.type()) {
                case RawHttp2.DATA -> {
                    received.append(frame.text());
                    if (!frame.text().isEmpty()) {
                        peer.windowUpdate(0, frame.text().length());
                        peer.windowUpdate(head.stream(), frame.text().length());
                    }
                }
                case RawHttp2.HEADERS -> trailers = frame.fields();
                default -> throw new EOFException("the request ended: " + frame);
            }
        }

        @Override
        public List<String> trailers() {
            return trailers;
        }

        @Override
        public Served interim(int status, String... fields) throws IOException {
            return head(status, false, fields);
        }

        @Override
        public Served respond(int status, boolean end, String... fields) throws IOException {
            return head(status, end, fields);
        }

        private Served head(int status, boolean end, String... fields) throws IOException {
            peer.headers(
                    head.stream(),
                    end,
                    Stream.concat(Stream.of(":status: " + status), Stream.of(fields))
                            .toList());
            return this;
        }

        @Override
        public Served send(String data, boolean end) throws IOException {
            peer.body(head.stream(), end, data);
            return this;
        }

        @Override
        public Served trailers(String... fields) throws IOException {
            peer.headers(head.stream(), true, fields);
            return this;
        }

        @Override
        public void reset() throws IOException {
            peer.reset(head.stream(), INTERNAL_ERROR);
        }

        @Override
        public void awaitCancel() throws IOException {
            RawHttp2.Frame frame = peer.await(head.stream());
            while (frame.type() != RawHttp2.RST_STREAM && frame.type() != RawHttp2.CONNECTION_END) {
                frame = peer.await(head.stream());
            }
        }

        @Override
        public Served switched() throws IOException {
            return connected();
        }

        @Override
        public Served connected() throws IOException {
            return head(200, false);
        }

        @Override
        public void endOutput() throws IOException {
            endTunnel();
        }

        @Override
        public String receive(int bytes) throws IOException {
            while (received.length() < bytes) {
                take();
            }
            String text = received.substring(0, bytes);
            received.delete(0, bytes);
            return text;
        }

        @Override
        public String receiveToEnd() throws IOException {
            return body();
        }

        @Override
        public void endTunnel() throws IOException {
            send("", true);
        }

        @Override
        public Served tunnel(String data) throws IOException {
            return send(data, false);
        }
    }
}
