package dev.weft.balance;

import java.net.InetAddress;

/** Stateless. IP addresses as text: what is an IPv4 literal, and IPv6 as RFC 5952, section 4, writes it. */
final class IpText {

    private static final int IPV6_GROUPS = 8;

    private IpText() {}

    static boolean isIpv4(String host) {
        int dots = 0;
        int digits = 0;
        int value = 0;
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c == '.' && digits > 0) {
                dots++;
                digits = 0;
                value = 0;
            } else if (c >= '0' && c <= '9') {
                digits++;
                value = value * 10 + (c - '0');
                if (digits > 3 || value > 255) {
                    return false;
                }
            } else {
                return false;
            }
        }
        return dots == 3 && digits > 0;
    }

    /** The canonical text of an IPv6 literal, with or without a zone; throws where the text is none. */
    static String canonicalIpv6(String text) {
        int percent = text.indexOf('%');
        String literal = percent < 0 ? text : text.substring(0, percent);
        String zone = percent < 0 ? "" : text.substring(percent);
        InetAddress parsed;
        try {
            parsed = InetAddress.ofLiteral(literal);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("address: \"" + text + "\" (expected: an IPv6 address)", e);
        }
        byte[] bytes = parsed.getAddress();
        if (bytes.length == 4) {
            return "::ffff:" + parsed.getHostAddress() + zone; // an IPv4-mapped address, RFC 5952, section 5
        }
        return compressed(bytes) + zone;
    }

    /** The sixteen bytes of the IPv4-mapped IPv6 address of {@code ipv4}. */
    static byte[] mapped(byte[] ipv4) {
        byte[] bytes = new byte[16];
        bytes[10] = (byte) 0xff;
        bytes[11] = (byte) 0xff;
        System.arraycopy(ipv4, 0, bytes, 12, 4);
        return bytes;
    }

    private static String compressed(byte[] bytes) {
        int[] groups = new int[IPV6_GROUPS];
        for (int i = 0; i < IPV6_GROUPS; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
        }
        int zerosAt = -1;
        int zeros = 1; // one zero group alone is not shortened (section 4.2.2)
        for (int i = 0; i < IPV6_GROUPS; i++) {
            int length = 0;
            while (i + length < IPV6_GROUPS && groups[i + length] == 0) {
                length++;
            }
            if (length > zeros) {
                zerosAt = i;
                zeros = length;
            }
            i += length;
        }
        StringBuilder text = new StringBuilder(39);
        int i = 0;
        while (i < IPV6_GROUPS) {
            if (i == zerosAt) {
                text.append("::");
                i += zeros;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(groups[i++]));
        }
        return text.toString();
    }
}
