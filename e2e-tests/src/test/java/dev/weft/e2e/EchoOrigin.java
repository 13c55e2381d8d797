package dev.weft.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * An origin that answers with what it got: the request line, the host and every field that a test named {@code x-t-…}, sorted; and the
 * fields of its own, {@code x-o: origin} and {@code server: origin}. Speaks HTTP/1.1, one request a connection. Thread-safe.
 */
final class EchoOrigin implements AutoCloseable {
    private final ServerSocket socket;

    EchoOrigin() throws IOException {
        socket = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            while (!socket.isClosed()) {
                try {
                    Socket client = socket.accept();
                    Thread.ofVirtual().start(() -> serve(client));
                } catch (IOException closed) {
                    // this was
                }
            }
        });
    }

    int port() {
        return socket.getLocalPort();
    }

    private static void serve(Socket client) {
        try (client) {
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
            String line = in.readLine();
            if (line == null) {
                return;
            }
            Map<String, String> fields = new TreeMap<>();
            for (String field = in.readLine(); field != null && !field.isEmpty(); field = in.readLine()) {
                String name = field.substring(0, field.indexOf(':')).toLowerCase(Locale.ROOT);
                if (name.equals("host") || name.startsWith("x-t-")) {
                    fields.merge(name, field.substring(field.indexOf(':') + 1).strip(), (a, b) -> a + "|" + b);
                }
            }
            String body = line + "\n" + fields;
            client.getOutputStream()
                    .write(("HTTP/1.1 200 OK\r\nx-o: origin\r\nserver: origin\r\nconnection: close\r\ncontent-length: "
                                    + body.length() + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException gone) {
            // the client has given up
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
