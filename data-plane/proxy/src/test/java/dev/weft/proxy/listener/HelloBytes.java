package dev.weft.proxy.listener;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** ClientHellos written by hand, so that each part can be broken. Stateless. */
final class HelloBytes {
    private HelloBytes() {}

    /** A handshake message as TLS 1.3 has it, with that name. */
    static byte[] message(String serverName, String... protocols) {
        return message(extensions(serverName(serverName), protocols.length == 0 ? new byte[0] : alpn(protocols)));
    }

    /** With these bytes behind the compression methods. */
    static byte[] message(byte[] extensions) {
        byte[] suites = {0, 2, 0x13, 1};
        byte[] compressions = {1, 0};
        return handshake(1, join(new byte[] {3, 3}, new byte[32], new byte[] {0}, suites, compressions, extensions));
    }

    static byte[] handshake(int type, byte[] body) {
        return join(new byte[] {(byte) type}, number(3, body.length), body);
    }

    static byte[] extensions(byte[]... extensions) {
        byte[] all = join(extensions);
        return join(number(2, all.length), all);
    }

    static byte[] extension(int type, byte[] content) {
        return join(number(2, type), number(2, content.length), content);
    }

    static byte[] serverName(String name) {
        return extension(0, nameList(entry(0, name)));
    }

    static byte[] nameList(byte[]... entries) {
        byte[] all = join(entries);
        return join(number(2, all.length), all);
    }

    static byte[] entry(int type, String name) {
        byte[] text = name.getBytes(StandardCharsets.ISO_8859_1);
        return join(new byte[] {(byte) type}, number(2, text.length), text);
    }

    static byte[] alpn(String... protocols) {
        byte[][] entries = new byte[protocols.length][];
        for (int i = 0; i < protocols.length; i++) {
            byte[] text = protocols[i].getBytes(StandardCharsets.ISO_8859_1);
            entries[i] = join(new byte[] {(byte) text.length}, text);
        }
        return extension(16, nameList(entries));
    }

    /** In handshake records of at most so many bytes. */
    static byte[] records(byte[] message, int most) {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        for (int from = 0; from < message.length; from += most) {
            byte[] part = Arrays.copyOfRange(message, from, Math.min(message.length, from + most));
            records.writeBytes(record(22, part));
        }
        return records.toByteArray();
    }

    static byte[] record(int type, byte[] content) {
        return join(new byte[] {(byte) type, 3, 1}, number(2, content.length), content);
    }

    static byte[] number(int octets, int value) {
        byte[] bytes = new byte[octets];
        for (int i = 0; i < octets; i++) {
            bytes[i] = (byte) (value >> (8 * (octets - 1 - i)));
        }
        return bytes;
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
