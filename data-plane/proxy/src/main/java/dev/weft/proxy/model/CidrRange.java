package dev.weft.proxy.model;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Addresses that begin with the same bits (RFC 4632). Two ranges of the same addresses are equal: the bits behind the prefix are
 * zero.
 *
 * @param base the first of them
 * @param bits 0 to 32, or 0 to 128 for IPv6
 */
public record CidrRange(InetAddress base, int bits) {
    /**
     * @throws IllegalArgumentException where the text is no IP address or has fewer bits
     */
    public static CidrRange of(String ip, int bits) {
        try {
            return new CidrRange(InetAddress.ofLiteral(ip), bits);
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            throw message.startsWith("prefix_len")
                    ? e
                    : new IllegalArgumentException("address_prefix: \"" + ip + "\" (expected: an IP address)", e);
        }
    }

    public CidrRange {
        Check.range(bits, 0, (long) Byte.SIZE * base.getAddress().length, "prefix_len");
        base = masked(base, bits);
    }

    private static InetAddress masked(InetAddress address, int bits) {
        byte[] bytes = address.getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.clamp(bits - 8L * i, 0, 8);
            bytes[i] &= (byte) (0xff << (8 - kept));
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(address.toString(), e); // as many bytes as an address had
        }
    }

    /** {@code 10.0.0.0/8} */
    @Override
    public String toString() {
        return base.getHostAddress() + "/" + bits;
    }
}
