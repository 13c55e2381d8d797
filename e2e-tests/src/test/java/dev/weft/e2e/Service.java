package dev.weft.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A small service that answers every request without a body with its name; its sidecar is a process beside it.
 *
 * <p>Thread-safe. Head and body leave in two writes, as with many servers, so that a process can die between them.
 */
final class Service implements AutoCloseable {
    private final String name;
    private final ServerSocket socket;

    Service(String name) {
        this.name = name;
        try {
            socket = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    String name() {
        return name;
    }

    int port() {
        return socket.getLocalPort();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void serve(Socket connection) {
        byte[] head = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                .formatted(name.length())
                .getBytes(StandardCharsets.US_ASCII);
        byte[] body = name.getBytes(StandardCharsets.US_ASCII);
        try (connection;
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty()) {
                    connection.getOutputStream().write(head);
                    connection.getOutputStream().write(body);
                }
            }
        } catch (IOException e) {
            // The peer went away, which is what these tests are about; its side tells of it.
            return;
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
