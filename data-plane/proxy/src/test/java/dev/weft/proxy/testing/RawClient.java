package dev.weft.proxy.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A client that sends exactly the bytes it is told to, and reads responses strictly. Confined to the test's thread.
 *
 * <p>Text is ISO-8859-1 on the wire. Reads give up after ten seconds.
 */
public final class RawClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
        socket.setSoTimeout(10_000);
        socket.setTcpNoDelay(true);
    }

    public static RawClient connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.connect(address, 10_000);
        return new RawClient(socket);
    }

    /** On a socket that is connected already, for instance a TLS one. */
    public static RawClient over(Socket socket) throws IOException {
        return new RawClient(socket);
    }

    public RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** FIN; responses can still be read. */
    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Leaves by RST, as who is gone; a FIN could be that of a client who waits for its answer. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** The next response, with a body as its head frames it (to the connection's end where nothing does). */
    public RawMessage response() throws IOException {
        return RawMessage.read(in, false);
    }

    /** The next response, to a request whose answer has no body: HEAD, or an upgrade. */
    public RawMessage responseHead() throws IOException {
        return RawMessage.read(in, true);
    }

    /** What follows a head that was read by itself; returns the whole. */
    public RawMessage rest(RawMessage head) throws IOException {
        return RawMessage.rest(head, in);
    }

    /** Exactly {@code count} bytes. */
    public String receive(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("connection ended after " + bytes.length + " of " + count + " bytes");
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** All that still comes up to the connection's end, which may be a reset. */
    public String receiveToEnd() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            in.transferTo(all);
        } catch (java.net.SocketException reset) {
            all.writeBytes("[reset]".getBytes(StandardCharsets.ISO_8859_1));
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    public Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
