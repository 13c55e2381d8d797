package dev.weft.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/**
 * An origin that says its name to whoever connects, so that it shows where opaque bytes are carried to; and a client that says hello
 * as TLS clients do, and no more. Thread-safe.
 */
final class Greeter implements AutoCloseable {
    private final ServerSocket socket;

    Greeter(String name) throws IOException {
        socket = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            while (!socket.isClosed()) {
                try (Socket client = socket.accept()) {
                    client.getOutputStream().write(name.getBytes(StandardCharsets.US_ASCII));
                    client.shutdownOutput();
                    client.getInputStream().readAllBytes();
                } catch (IOException closed) {
                    // the client, or this
                }
            }
        });
    }

    int port() {
        return socket.getLocalPort();
    }

    /** What comes back first, or nothing where the connection is closed instead. */
    static String greeted(int port, String firstBytes, int length) throws IOException {
        try (Socket client = new Socket()) {
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
            client.setSoTimeout(10_000);
            client.getOutputStream().write(firstBytes.getBytes(StandardCharsets.ISO_8859_1));
            byte[] name = client.getInputStream().readNBytes(length);
            return name.length < length ? "" : new String(name, StandardCharsets.US_ASCII);
        } catch (SocketException reset) {
            return "";
        }
    }

    /** The JDK's ClientHello, each byte a character. */
    static String hello(String serverName, List<String> protocols) throws SSLException {
        SSLEngine engine;
        try {
            engine = SSLContext.getDefault().createSSLEngine();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setServerNames(serverName.isEmpty() ? List.of() : List.of(new SNIHostName(serverName)));
        parameters.setApplicationProtocols(protocols.toArray(String[]::new));
        engine.setSSLParameters(parameters);
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), out);
        return StandardCharsets.ISO_8859_1.decode(out.flip()).toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
