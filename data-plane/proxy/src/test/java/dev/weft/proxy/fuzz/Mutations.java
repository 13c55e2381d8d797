package dev.weft.proxy.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** Makes inputs of valid ones by small wrongs of the kind that proxies were fooled by. Not thread-safe; repeatable by its seed. */
final class Mutations {
    private static final List<byte[]> REQUESTS = bytes(
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /p?q=1 HTTP/1.1\r\nHost: a:80\r\nConnection: close, x\r\nX: y\r\nTE: trailers, gzip\r\n\r\n",
            "POST /f HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "PUT /t HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n3;e=\"v\"\r\nabc\r\n0\r\nx: y\r\n\r\n",
            "GET http://b/abs HTTP/1.1\r\nHost: a\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n",
            "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            "POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
            "HEAD /h HTTP/1.1\r\nHost: a\r\nKeep-Alive: 5\r\nProxy-Connection: close\r\n\r\n");

    private static final List<byte[]> RESPONSES = bytes(
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n3;e\r\nabc\r\n0\r\nx: y\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\nto the end",
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: \"e\"\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\nConnection: close, x\r\nKeep-Alive: 5\r\nX: y\r\nContent-Length: 0\r\n\r\n");

    private static final List<byte[]> WORDS = bytes(
            "\r\n",
            "\n",
            "\r",
            " ",
            "\t",
            "\0",
            "\u000b",
            ":",
            ",",
            ";",
            "\r\n ",
            "\r\n\t",
            "0\r\n\r\n",
            "-1",
            "+5",
            "0x5",
            "5 ",
            "05",
            "99999999999999999999",
            "Content-Length: 5\r\n",
            "Content-Length: 0\r\n",
            "content-length:6\r\n",
            "Content-Length : 5\r\n",
            "Content-Length: 5, 5\r\n",
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: chunked, identity\r\n",
            "Transfer-Encoding: \u000bchunked\r\n",
            "Transfer-Encoding:\tchunked\r\n",
            "transfer-encoding: CHUNKED\r\n",
            "Transfer_Encoding: chunked\r\n",
            "X\rTransfer-Encoding: chunked\r\n",
            "Host: evil\r\n",
            "Host: a@evil/x\r\n",
            "Connection: content-length\r\n",
            "Connection: transfer-encoding, host\r\n",
            "Connection: upgrade\r\nUpgrade: h2c\r\n",
            "HTTP/1.0",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/2.0",
            "HTTP/1.1 ",
            "HTTP/01.1",
            "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
            "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
            "http://a@b:c/",
            "//",
            "/../",
            "%00",
            "#f",
            "\u00ff",
            "\u00a0",
            "\"",
            "\\");

    private static final String[] FIELD_NAMES = {
        "x",
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "te",
        "upgrade",
        "cookie",
        "expect",
        "keep-alive",
        "proxy-connection",
        ":path",
        ":method",
        ":authority",
        ":scheme",
        ":protocol",
        ":status",
        "",
        "X",
        "a b",
        "a:b",
        "a\r\nb",
        "a\0"
    };
    private static final String[] FIELD_VALUES = {
        "y",
        "a",
        "5",
        "0",
        "chunked",
        "close",
        "trailers",
        "websocket",
        "GET",
        "POST",
        "CONNECT",
        "/",
        "/p q",
        "/p\r\nX: y",
        "*",
        "http",
        "a\r\nb",
        "a\0b",
        " a",
        "a ",
        "",
        "b@a",
        "a:80",
        "a/b",
        "5, 5",
        "-1",
        "G T",
        "G\r\nT",
        "100-continue",
        "h2c"
    };

    private final Random random;

    Mutations(long seed) {
        this.random = new Random(seed);
    }

    int piece() {
        return switch (random.nextInt(4)) {
            case 0 -> 1;
            case 1 -> 1 + random.nextInt(20);
            default -> 1 << 20;
        };
    }

    /** One to four requests behind one another, with up to four wrongs. */
    byte[] http1() {
        return http1(REQUESTS);
    }

    /** The same of responses. */
    byte[] http1Responses() {
        return http1(RESPONSES);
    }

    private byte[] http1(List<byte[]> messages) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = random.nextInt(4); i >= 0; i--) {
            all.writeBytes(pick(messages));
        }
        byte[] bytes = all.toByteArray();
        for (int i = random.nextInt(5); i > 0; i--) {
            bytes = wrong(bytes);
        }
        return bytes;
    }

    private byte[] wrong(byte[] bytes) {
        int at = random.nextInt(bytes.length + 1);
        int until = Math.min(bytes.length, at + random.nextInt(12));
        return switch (random.nextInt(6)) {
            case 0 -> joined(bytes, at, pick(WORDS), at);
            case 1 -> joined(bytes, lineStart(bytes, at), pick(WORDS), lineStart(bytes, at));
            case 2 -> joined(bytes, at, pick(WORDS), until);
            case 3 -> joined(bytes, at, new byte[0], until);
            case 4 -> joined(bytes, at, java.util.Arrays.copyOfRange(bytes, at, until), at);
            default -> joined(bytes, at, new byte[] {(byte) random.nextInt(256)}, Math.min(bytes.length, at + 1));
        };
    }

    private static int lineStart(byte[] bytes, int at) {
        int start = Math.min(at, bytes.length - 1);
        while (start > 0 && bytes[start - 1] != '\n') {
            start--;
        }
        return Math.max(start, 0);
    }

    private static byte[] joined(byte[] bytes, int before, byte[] between, int after) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(bytes, 0, before);
        all.writeBytes(between);
        all.write(bytes, after, bytes.length - after);
        return all.toByteArray();
    }

    /** The preface and some frames, mostly heads with odd fields and data behind them; now and then a wrong byte in it all. */
    byte[] http2() {
        Frames frames = Frames.ofClient();
        int stream = 1;
        for (int i = 1 + random.nextInt(4); i > 0; i--, stream += 2) {
            frames.head(stream, random.nextInt(3) == 0, fields());
            for (int k = random.nextInt(3); k > 0; k--) {
                frames.data(stream, k == 1 && random.nextBoolean(), "hello".substring(random.nextInt(5)));
            }
            if (random.nextInt(4) == 0) {
                frames.head(stream, true, List.of(name(), value()));
            }
        }
        return wrongFrames(frames.bytes(), Frames.PREFACE_BYTES);
    }

    /** What a server sends on streams that were opened, some of it in another order. */
    byte[] http2Responses() {
        Frames frames = Frames.ofServer();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            int stream = 1 + 2 * random.nextInt(4);
            if (random.nextInt(4) == 0) {
                frames.head(stream, random.nextInt(8) == 0, List.of(":status", random.nextBoolean() ? "103" : "100"));
            }
            frames.head(stream, random.nextInt(3) == 0, responseFields());
            for (int k = random.nextInt(3); k > 0; k--) {
                frames.data(stream, k == 1 && random.nextBoolean(), "hello".substring(random.nextInt(5)));
            }
            if (random.nextInt(3) == 0) {
                frames.head(stream, true, List.of(name(), value()));
            }
        }
        return wrongFrames(frames.bytes(), 0);
    }

    private List<String> responseFields() {
        List<String> fields = new java.util.ArrayList<>();
        pseudo(fields, ":status", "200", random.nextBoolean() ? "204" : "304");
        for (int i = random.nextInt(4); i > 0; i--) {
            fields.add(name());
            fields.add(value());
        }
        return fields;
    }

    private byte[] wrongFrames(byte[] bytes, int from) {
        for (int i = random.nextInt(8); i > 5; i--) {
            bytes[from + random.nextInt(bytes.length - from)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    private List<String> fields() {
        List<String> fields = new java.util.ArrayList<>();
        pseudo(fields, ":method", "GET", "POST");
        pseudo(fields, ":scheme", "http", "https");
        pseudo(fields, ":authority", "a", "b:80");
        pseudo(fields, ":path", "/", "/p?q");
        for (int i = random.nextInt(4); i > 0; i--) {
            fields.add(name());
            fields.add(value());
        }
        return fields;
    }

    private void pseudo(List<String> fields, String name, String usual, String other) {
        int dice = random.nextInt(40);
        if (dice > 0) {
            fields.add(name);
            fields.add(dice == 1 ? value() : dice % 2 == 0 ? usual : other);
        }
    }

    private String name() {
        return FIELD_NAMES[random.nextInt(FIELD_NAMES.length)];
    }

    private String value() {
        return FIELD_VALUES[random.nextInt(FIELD_VALUES.length)];
    }

    private byte[] pick(List<byte[]> from) {
        return from.get(random.nextInt(from.size()));
    }

    private static List<byte[]> bytes(String... texts) {
        return java.util.Arrays.stream(texts)
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1))
                .toList();
    }
}
