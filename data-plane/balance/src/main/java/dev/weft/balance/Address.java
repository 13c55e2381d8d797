package dev.weft.balance;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;

/**
 * Immutable. Where an endpoint listens: an IP as canonical text, or a host name that is not resolved here, and a port.
 *
 * <p>IPv6 text is kept as RFC 5952 writes it (compressed, lower case, no brackets), because consistent hashing hashes
 * this text: two spellings of one address must not be two endpoints. An IPv4 address and a name are kept as given.
 * The natural order is IPv4, IPv6, names; then the address by its bytes (names by their text); then the port.
 */
public record Address(String host, int port) implements Comparable<Address> {

    public Address {
        if (host.isEmpty()) {
            throw new IllegalArgumentException("address: empty host (expected: an IP or a host name)");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("address: port " + port + " (expected: 0..65535)");
        }
        host = host.indexOf(':') >= 0 ? IpText.canonicalIpv6(host) : host;
    }

    /** Reads {@code 10.0.0.7:80}, {@code [2001:db8::1]:80} or {@code name:80}. */
    public static Address parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0 || colon == text.length() - 1) {
            throw new IllegalArgumentException("address: \"" + text + "\" (expected: host:port)");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("address: \"" + text + "\" (expected: IPv6 in brackets)");
        }
        try {
            return new Address(host, Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("address: \"" + text + "\" (expected: a decimal port)", e);
        }
    }

    public boolean isIpv4() {
        return IpText.isIpv4(host);
    }

    public boolean isIpv6() {
        return host.indexOf(':') >= 0;
    }

    /** True where {@link #host} is a name that somebody has to look up before connecting. */
    public boolean isName() {
        return !isIpv4() && !isIpv6();
    }

    @Override
    public int compareTo(Address other) {
        int byKind = Integer.compare(kind(), other.kind());
        if (byKind != 0) {
            return byKind;
        }
        int byHost = isName() ? host.compareTo(other.host) : Arrays.compareUnsigned(bytes(), other.bytes());
        if (byHost != 0) {
            return byHost;
        }
        int byPort = Integer.compare(port, other.port);
        return byPort != 0 ? byPort : host.compareTo(other.host);
    }

    /** {@code host:port}, an IPv6 host in brackets. */
    @Override
    public String toString() {
        return isIpv6() ? "[" + host + "]:" + port : host + ":" + port;
    }

    private int kind() {
        return isIpv4() ? 0 : isIpv6() ? 1 : 2;
    }

    private byte[] bytes() {
        int zone = host.indexOf('%');
        InetAddress address = InetAddress.ofLiteral(zone < 0 ? host : host.substring(0, zone));
        if (isIpv6() && !(address instanceof Inet6Address)) {
            return IpText.mapped(address.getAddress()); // the JDK turns ::ffff:a.b.c.d into an IPv4 address
        }
        return address.getAddress();
    }
}
