package dev.weft.proxy.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Answers every question for an IPv4 address, whatever the name, with those it was told last (RFC 1035). Thread-safe. */
public final class NameServer implements AutoCloseable {
    private static final int HEADER_BYTES = 12;
    private static final int TYPE_A = 1;
    private static final int NXDOMAIN = 3;

    private final DatagramSocket socket;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile List<String> addresses;

    public NameServer(String... first) throws IOException {
        socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        addresses = List.of(first);
        Thread.ofVirtual().name("name-server").start(this::answer);
    }

    /** From now on; none is "no such name". */
    public void say(String... next) {
        addresses = List.of(next);
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    /** Questions so far. */
    public int asked() {
        return asked.get();
    }

    private void answer() {
        byte[] buffer = new byte[512];
        while (!socket.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                asked.incrementAndGet();
                byte[] response = response(Arrays.copyOf(buffer, packet.getLength()), addresses);
                socket.send(new DatagramPacket(response, response.length, packet.getSocketAddress()));
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private static byte[] response(byte[] query, List<String> addresses) throws IOException {
        int end = HEADER_BYTES;
        while (query[end] != 0) {
            end += query[end] + 1;
        }
        int type = query[end + 1] << 8 | query[end + 2];
        int question = end + 5;
        List<String> records = type == TYPE_A ? addresses : List.of();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(query, 0, 2);
        out.write(0x81); // a response, recursion desired
        out.write(0x80 | (addresses.isEmpty() ? NXDOMAIN : 0));
        out.writeBytes(new byte[] {0, 1, 0, (byte) records.size(), 0, 0, 0, 0});
        out.write(query, HEADER_BYTES, question - HEADER_BYTES);
        for (String address : records) {
            out.writeBytes(new byte[] {(byte) 0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 1, 0, 4});
            out.writeBytes(InetAddress.ofLiteral(address).getAddress());
        }
        return out.toByteArray();
    }

    @Override
    public void close() {
        socket.close();
    }
}
