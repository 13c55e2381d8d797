package dev.weft.proxy.upstream;

import dev.weft.proxy.model.ProxyProtocol;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The header by which an endpoint is told who the client is (proxy-protocol.txt of HAProxy, 2.1 and 2.2). Stateless.
 *
 * <p>A header has room for one family of addresses. Where the two differ, the IPv4 one is written as IPv6 has it (RFC 4291,
 * 2.5.5.2): every reader understands that, and the client stays known.
 */
public final class ProxyHeader {
    private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");
    private static final byte LOCAL = 0x20;
    private static final byte PROXY = 0x21;
    private static final byte UNSPECIFIED = 0x00;
    private static final byte TCP_OVER_IPV4 = 0x11;
    private static final byte TCP_OVER_IPV6 = 0x21;
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;
    private static final byte[] MAPPED = HexFormat.of().parseHex("00000000000000000000ffff");

    private static final byte[] NOTHING = {};

    private ProxyHeader() {}

    /**
     * @param client null for a connection of the proxy's own, such as a health check
     */
    public static byte[] of(ProxyProtocol.Version version, @Nullable Announcement client) {
        return switch (version) {
            case V1 -> text(client).getBytes(StandardCharsets.US_ASCII);
            case V2 -> client == null ? binary(LOCAL, UNSPECIFIED, NOTHING) : binary(client);
        };
    }

    private static String text(@Nullable Announcement client) {
        if (client == null) {
            return "PROXY UNKNOWN\r\n";
        }
        boolean ipv4 = isIpv4(client);
        return "PROXY " + (ipv4 ? "TCP4 " : "TCP6 ") + text(client.source(), ipv4) + " "
                + text(client.destination(), ipv4) + " "
                + client.source().getPort() + " " + client.destination().getPort() + "\r\n";
    }

    private static String text(InetSocketAddress address, boolean ipv4) {
        InetAddress ip = address.getAddress();
        boolean mapped = !ipv4 && ip.getAddress().length == IPV4_BYTES;
        return (mapped ? "::ffff:" : "") + NetUtil.toAddressString(ip);
    }

    private static byte[] binary(Announcement client) {
        boolean ipv4 = isIpv4(client);
        ByteBuffer block = ByteBuffer.allocate(2 * ((ipv4 ? IPV4_BYTES : IPV6_BYTES) + Short.BYTES));
        put(client.source(), ipv4, block);
        put(client.destination(), ipv4, block);
        block.putShort((short) client.source().getPort());
        block.putShort((short) client.destination().getPort());
        return binary(PROXY, ipv4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6, block.array());
    }

    private static byte[] binary(byte command, byte family, byte[] block) {
        ByteBuffer header = ByteBuffer.allocate(SIGNATURE.length + 2 + Short.BYTES + block.length);
        header.put(SIGNATURE).put(command).put(family).putShort((short) block.length);
        return header.put(block).array();
    }

    private static void put(InetSocketAddress address, boolean ipv4, ByteBuffer block) {
        byte[] ip = address.getAddress().getAddress();
        if (!ipv4 && ip.length == IPV4_BYTES) {
            block.put(MAPPED);
        }
        block.put(ip);
    }

    private static boolean isIpv4(Announcement client) {
        return client.source().getAddress().getAddress().length == IPV4_BYTES
                && client.destination().getAddress().getAddress().length == IPV4_BYTES;
    }
}
