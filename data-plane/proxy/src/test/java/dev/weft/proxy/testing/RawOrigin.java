package dev.weft.proxy.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * An origin whose connections each follow a script, on a thread of its own.
 *
 * <p>Thread-safe. It remembers every request that {@link Wire#request} read, in order.
 */
public final class RawOrigin implements AutoCloseable {
    /** What is done with one connection; it is closed when the script returns. */
    @FunctionalInterface
    public interface Script {
        void serve(Wire wire) throws IOException;
    }

    private final ServerSocket listener;
    private final Script script;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<RawMessage> requests = new CopyOnWriteArrayList<>();

    private RawOrigin(ServerSocket listener, Script script) {
        this.listener = listener;
        this.script = script;
    }

    public static RawOrigin following(Script script) throws IOException {
        return following(0, script);
    }

    /** On a given port, for an origin that comes back. */
    public static RawOrigin following(int port, Script script) throws IOException {
        return over(new ServerSocket(port, 100, InetAddress.getLoopbackAddress()), script);
    }

    /** On a socket that listens already, for instance a TLS one; it is closed with this. */
    public static RawOrigin over(ServerSocket listener, Script script) {
        RawOrigin origin = new RawOrigin(listener, script);
        Thread.ofVirtual().name("raw-origin").start(origin::accept);
        return origin;
    }

    /** Answers every request on every connection with these bytes. */
    public static RawOrigin answering(String response) throws IOException {
        return following(wire -> {
            while (wire.request() != null) {
                wire.send(response);
            }
        });
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Requests read so far. */
    public List<RawMessage> requests() {
        return List.copyOf(requests);
    }

    /** Connections accepted so far. */
    public int connections() {
        return sockets.size();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                Thread.ofVirtual().name("raw-origin-connection").start(() -> serve(socket));
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            script.serve(new Wire(socket, requests));
        } catch (IOException ended) {
            // The proxy closed the connection: what the test asserts on is what it did before.
        }
    }

    /** One connection, as a script sees it. Confined to its thread. */
    public static final class Wire {
        private final Socket socket;
        private final InputStream in;
        private final List<RawMessage> requests;

        private Wire(Socket socket, List<RawMessage> requests) throws IOException {
            this.socket = socket;
            this.in = socket.getInputStream();
            this.requests = requests;
        }

        /** The next request with its body, or null where the connection ended instead. */
        public @Nullable RawMessage request() throws IOException {
            try {
                RawMessage request = RawMessage.read(in, false);
                requests.add(request);
                return request;
            } catch (EOFException ended) {
                return null;
            }
        }

        /** The next request's head; its body is left to {@link #receive}. */
        public RawMessage requestHead() throws IOException {
            RawMessage request = RawMessage.read(in, true);
            requests.add(request);
            return request;
        }

        /** What follows a head that was read by itself; returns the whole. */
        public RawMessage rest(RawMessage head) throws IOException {
            return RawMessage.rest(head, in);
        }

        public Wire send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return this;
        }

        public String receive(int count) throws IOException {
            return new String(in.readNBytes(count), StandardCharsets.ISO_8859_1);
        }

        /** All up to the peer's FIN. */
        public String receiveToEnd() throws IOException {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }

        public void shutdownOutput() throws IOException {
            socket.shutdownOutput();
        }

        public Socket socket() {
            return socket;
        }
    }
}
