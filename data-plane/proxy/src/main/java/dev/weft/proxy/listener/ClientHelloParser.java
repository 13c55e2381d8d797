package dev.weft.proxy.listener;

import dev.weft.proxy.listener.ClientHelloReader.BadHello;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Reads the body of a ClientHello (RFC 8446, section 4.1.2): the server name (RFC 6066, section 3) and the application protocols
 * (RFC 7301). Every length must fit exactly, an extension may come once, and there is one name.
 */
final class ClientHelloParser {
    private static final int VERSION_AND_RANDOM = 2 + 32;
    private static final int MAX_SESSION_ID = 32;
    private static final int SERVER_NAME = 0;
    private static final int HOST_NAME = 0;
    private static final int APPLICATION_PROTOCOLS = 16;
    private static final int MAX_NAME = 255;

    private final byte[] bytes;
    private int at;
    private int end;
    private String serverName = "";
    private final List<String> protocols = new ArrayList<>();

    private ClientHelloParser(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    static ClientHello parse(byte[] bytes, int from, int end) throws BadHello {
        ClientHelloParser parser = new ClientHelloParser(bytes, from, end);
        parser.hello();
        return new ClientHello(true, parser.serverName, parser.protocols);
    }

    private void hello() throws BadHello {
        skip(VERSION_AND_RANDOM);
        int sessionId = number(1);
        check(sessionId <= MAX_SESSION_ID);
        skip(sessionId);
        int suites = number(2);
        check(suites >= 2 && suites % 2 == 0);
        skip(suites);
        int compressions = number(1);
        check(compressions >= 1);
        skip(compressions);
        if (at == end) {
            return; // TLS 1.2 may do without extensions
        }
        check(number(2) == end - at);
        Set<Integer> seen = new HashSet<>();
        while (at < end) {
            int type = number(2);
            check(seen.add(type));
            int length = number(2);
            check(length <= end - at);
            int rest = end;
            end = at + length;
            extension(type);
            at = end;
            end = rest;
        }
    }

    /** Between {@link #at} and {@link #end}. */
    private void extension(int type) throws BadHello {
        if (type == SERVER_NAME) {
            check(number(2) == end - at);
            check(number(1) == HOST_NAME);
            check(number(2) == end - at);
            serverName = hostName();
        } else if (type == APPLICATION_PROTOCOLS) {
            check(number(2) == end - at && at < end);
            while (at < end) {
                int length = number(1);
                check(length > 0 && length <= end - at);
                protocols.add(new String(bytes, at, length, StandardCharsets.ISO_8859_1));
                at += length;
            }
        }
    }

    private String hostName() throws BadHello {
        int length = end - at;
        check(length > 0 && length <= MAX_NAME);
        for (int i = at; i < end; i++) {
            byte c = bytes[i];
            boolean named = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            check(named || c == '-' || c == '.' || c == '_');
        }
        return new String(bytes, at, length, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
    }

    private int number(int octets) throws BadHello {
        check(octets <= end - at);
        int number = 0;
        for (int i = 0; i < octets; i++) {
            number = (number << 8) | (bytes[at++] & 0xff);
        }
        return number;
    }

    private void skip(int octets) throws BadHello {
        check(octets <= end - at);
        at += octets;
    }

    private static void check(boolean fits) throws BadHello {
        if (!fits) {
            throw new BadHello(ChainFailures.Reason.MALFORMED);
        }
    }
}
