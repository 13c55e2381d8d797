package dev.weft.controlplane.store.etcd;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A TCP link between a store and etcd that can be broken in the ways networks break. Thread-safe. */
final class FaultyLink implements AutoCloseable {
    /** What happens to bytes of the connections that exist at the moment. */
    private enum Fault {
        NONE,
        /** Requests are kept back. */
        HOLD_REQUESTS,
        /** Answers vanish. */
        SWALLOW_ANSWERS,
        /** Both vanish, and nobody is told. */
        SILENT
    }

    private final ServerSocket listener;
    private final URI target;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private volatile boolean refusing;

    FaultyLink(URI target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.startVirtualThread(this::accept);
    }

    EtcdOptions options() {
        return EtcdOptions.of("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** Cuts what is connected and takes no new connection. */
    void block() {
        refusing = true;
        cut();
    }

    void unblock() {
        refusing = false;
    }

    void swallowAnswers() {
        connections.forEach(c -> c.fault = Fault.SWALLOW_ANSWERS);
    }

    void goSilent() {
        connections.forEach(c -> c.fault = Fault.SILENT);
    }

    void holdRequests() {
        connections.forEach(c -> c.fault = Fault.HOLD_REQUESTS);
    }

    boolean holds(String text) {
        return connections.stream().anyMatch(c -> c.held().contains(text));
    }

    /** Cuts the store's side of every connection; etcd's stays open. */
    void cutStoresSide() {
        connections.forEach(c -> close(c.near));
    }

    /** Lets go of what was held, as a late packet arrives. */
    void releaseHeld() {
        connections.forEach(Connection::release);
    }

    /** New connections work. */
    void cut() {
        connections.forEach(Connection::close);
        connections.clear();
    }

    @Override
    public void close() {
        close(listener);
        cut();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket near = listener.accept();
                if (refusing) {
                    close(near);
                } else {
                    Connection connection = new Connection(near, new Socket(target.getHost(), target.getPort()));
                    connections.add(connection);
                    Thread.startVirtualThread(connection::pumpRequests);
                    Thread.startVirtualThread(connection::pumpAnswers);
                }
            } catch (IOException closedOrEtcdIsDown) {
                refusing |= listener.isClosed();
            }
        }
    }

    private static void close(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static final class Connection {
        private final Socket near;
        private final Socket far;
        private final ByteArrayOutputStream heldBytes = new ByteArrayOutputStream();
        private volatile Fault fault = Fault.NONE;

        Connection(Socket near, Socket far) {
            this.near = near;
            this.far = far;
        }

        void pumpRequests() {
            pump(near, far, Fault.HOLD_REQUESTS);
        }

        void pumpAnswers() {
            pump(far, near, Fault.SWALLOW_ANSWERS);
        }

        synchronized String held() {
            return heldBytes.toString(StandardCharsets.ISO_8859_1);
        }

        synchronized void release() {
            try {
                far.getOutputStream().write(heldBytes.toByteArray());
                heldBytes.reset();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void close() {
            FaultyLink.close(near);
            FaultyLink.close(far);
        }

        private void pump(Socket from, Socket to, Fault keptBack) {
            byte[] buffer = new byte[65_536];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    if (fault == keptBack) {
                        hold(buffer, n);
                    } else if (fault != Fault.SILENT) {
                        out.write(buffer, 0, n);
                    }
                }
            } catch (IOException cut) {
                if (fault == Fault.NONE) {
                    close();
                }
            }
        }

        private synchronized void hold(byte[] bytes, int length) {
            heldBytes.write(bytes, 0, length);
        }
    }
}
