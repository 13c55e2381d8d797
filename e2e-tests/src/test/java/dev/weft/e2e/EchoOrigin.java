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
 * fields of its own, {@code x-o: origin} and {@code server: origin}. A path that begins with {@code /follow} it redirects, with the
 * status {@code x-status} to where {@code x-redirect} says. Speaks HTTP/1.1, one request a connection. Thread-safe.
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
            String status = "200";
            String location = "";
            for (String field = in.readLine(); field != null && !field.isEmpty(); field = in.readLine()) {
                String name = field.substring(0, field.indexOf(':')).toLowerCase(Locale.ROOT);
                String value = field.substring(field.indexOf(':') + 1).strip();
                if (name.equals("host") || name.startsWith("x-t-")) {
                    fields.merge(name, value, (a, b) -> a + "|" + b);
                }
                boolean follow = line.contains(" /follow");
                status = follow && name.equals("x-status") ? value : status;
                location = follow && name.equals("x-redirect") ? "location: " + value + "\r\n" : location;
            }
            String body = line + "\n" + fields;
            client.getOutputStream()
                    .write(("HTTP/1.1 " + status + " OK\r\n" + location
                                    + "x-o: origin\r\nserver: origin\r\nconnection: close\r\ncontent-length: "
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
