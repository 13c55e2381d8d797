package dev.weft.sidecar.bootstrap;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;

/**
 * An address as people write it: {@code 10.0.0.5:15006}, {@code [::1]:15006}, {@code cp.example:15010}. Immutable.
 *
 * @param host IP without brackets, or a name
 * @param port 0 to 65535
 */
public record HostPort(String host, int port) {
    public HostPort {
        if (host.isEmpty() || port < 0 || port > 65535) {
            throw new IllegalArgumentException(host + ":" + port + " (expected: HOST:PORT, port 0 to 65535)");
        }
    }

    /** @throws IllegalArgumentException where the text is no address */
    public static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (bracketed) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            if (host.isEmpty() || (host.indexOf(':') >= 0 && !bracketed)) {
                throw new NumberFormatException();
            }
            return new HostPort(host, Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException notAPort) {
            throw new IllegalArgumentException(text + " (expected: HOST:PORT)", notAPort);
        }
    }

    public static HostPort of(InetSocketAddress address) {
        return new HostPort(address.getAddress().getHostAddress(), address.getPort());
    }

    public boolean isIp() {
        return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    }

    @Override
    public String toString() {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
}
