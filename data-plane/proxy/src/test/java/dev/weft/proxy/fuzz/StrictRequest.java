package dev.weft.proxy.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request by the letter of RFC 9112, read by a parser that has nothing in common with the codec: regular expressions over text.
 * Immutable.
 *
 * @param body null where the message is cut short in it
 */
record StrictRequest(
        String method,
        String target,
        String host,
        List<String> fields,
        @Nullable String body) {
    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    /** A higher minor version is read as 1.1 (RFC 9110, section 2.5). */
    private static final Pattern LINE = Pattern.compile("(" + TOKEN + ") ([!-~]+) HTTP/1\\.([0-9])");

    static final Pattern FIELD = Pattern.compile(
            "(" + TOKEN + "):[ \t]*((?:[!-~\\x80-\\xff](?:[\t -~\\x80-\\xff]*[!-~\\x80-\\xff])?)?)[ \t]*");
    /** Extensions of any wording are ignored (RFC 9112, section 7.1.1); what matters is that none can hold a line end. */
    private static final Pattern CHUNK = Pattern.compile("([0-9A-Fa-f]{1,15})(?:[ \t]*;[\t -~\\x80-\\xff]*)?");

    /** Fields that end at each hop: a proxy that passes one on lets a client speak for it (RFC 9110, section 7.6.1). */
    private static final Set<String> HOP_BY_HOP = Set.of("keep-alive", "proxy-connection", "proxy-authenticate");

    /** Why bytes are no strict request. */
    static final class NotStrict extends Exception {
        private static final long serialVersionUID = 1;

        NotStrict(String message) {
            super(message);
        }
    }

    /** A body that is not as its head said: what streams has begun with it all the same. */
    static final class BrokenBody extends Exception {
        private static final long serialVersionUID = 1;

        final transient StrictRequest begun;

        BrokenBody(StrictRequest begun, String message) {
            super(message);
            this.begun = begun;
        }
    }

    /** The bytes were used up before the head was whole. */
    static final class CutShort extends Exception {
        private static final long serialVersionUID = 1;
    }

    /** A cursor over bytes as Latin-1 text. */
    static final class Source {
        private final String text;
        private int at;

        Source(byte[] bytes) {
            this.text = new String(bytes, StandardCharsets.ISO_8859_1);
        }

        boolean isAtEnd() {
            return at == text.length();
        }

        String line() throws CutShort, NotStrict {
            int end = text.indexOf("\r\n", at);
            if (end < 0) {
                throw new CutShort();
            }
            String line = text.substring(at, end);
            at = end + 2;
            return line;
        }

        String rest() {
            String left = text.substring(at);
            at = text.length();
            return left;
        }

        String take(int count) throws CutShort {
            if (text.length() - at < count) {
                throw new CutShort();
            }
            at += count;
            return text.substring(at - count, at);
        }
    }

    /** The next request; empty lines before it are skipped as RFC 9112, section 2.2 allows. */
    static StrictRequest next(Source from) throws NotStrict, CutShort, BrokenBody {
        String line = from.line();
        while (line.isEmpty()) {
            line = from.line();
        }
        Matcher start = LINE.matcher(line);
        require(start.matches(), "request line", line);
        List<String> fields = new ArrayList<>();
        for (String field = from.line(); !field.isEmpty(); field = from.line()) {
            require(FIELD.matcher(field).matches(), "field", field);
            fields.add(field);
        }
        List<String> hosts = values(fields, "host");
        require(
                hosts.size() == 1 || (hosts.isEmpty() && start.group(3).equals("0")),
                "number of Host fields",
                hosts.toString());
        String host = hosts.isEmpty() ? "" : hosts.getFirst();
        boolean chunked = isChunked(fields, start.group(3));
        StrictRequest begun = new StrictRequest(start.group(1), start.group(2), host, fields, null);
        try {
            return begun.with(chunked ? chunked(from) : from.take(length(fields)));
        } catch (CutShort inTheBody) {
            return begun;
        } catch (NotStrict inTheBody) {
            throw new BrokenBody(begun, String.valueOf(inTheBody.getMessage()));
        }
    }

    private StrictRequest with(String whole) {
        return new StrictRequest(method, target, host, fields, whole);
    }

    static boolean isChunked(List<String> fields, String minor) throws NotStrict {
        List<String> lengths = values(fields, "content-length");
        List<String> codings = values(fields, "transfer-encoding");
        require(lengths.isEmpty() || codings.isEmpty(), "both framings", fields.toString());
        require(codings.size() <= 1 && lengths.size() <= 1, "framing twice", fields.toString());
        if (!codings.isEmpty()) {
            require(!minor.equals("0"), "chunked in HTTP/1.0", codings.toString());
            require(codings.getFirst().equalsIgnoreCase("chunked"), "transfer-encoding", codings.getFirst());
        }
        if (!lengths.isEmpty()) {
            require(lengths.getFirst().matches("[0-9]{1,18}"), "content-length", lengths.getFirst());
        }
        return !codings.isEmpty();
    }

    static int length(List<String> fields) {
        List<String> lengths = values(fields, "content-length");
        return lengths.isEmpty() ? 0 : (int) Math.min(Long.parseLong(lengths.getFirst()), Integer.MAX_VALUE);
    }

    static String chunked(Source from) throws NotStrict, CutShort {
        StringBuilder body = new StringBuilder();
        while (true) {
            String line = from.line();
            Matcher chunk = CHUNK.matcher(line);
            require(chunk.matches(), "chunk line", line);
            long size = Long.parseLong(chunk.group(1), 16);
            if (size == 0) {
                break;
            }
            body.append(from.take((int) Math.min(size, Integer.MAX_VALUE)));
            require(from.take(2).equals("\r\n"), "end of chunk", line);
        }
        for (String trailer = from.line(); !trailer.isEmpty(); trailer = from.line()) {
            require(FIELD.matcher(trailer).matches(), "trailer", trailer);
        }
        return body.toString();
    }

    /** All values of a field, as text without the white space around. */
    static List<String> values(List<String> fields, String name) {
        return fields.stream()
                .filter(field -> field.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                .map(field -> field.substring(name.length() + 1).strip())
                .toList();
    }

    /** What a proxy may moreover not send on. */
    void requireForwardable() throws NotStrict {
        for (String field : fields) {
            String name = field.substring(0, field.indexOf(':')).toLowerCase(Locale.ROOT);
            require(!HOP_BY_HOP.contains(name), "hop-by-hop field", field);
        }
        for (String te : values(fields, "te")) {
            require(te.equalsIgnoreCase("trailers"), "te", te);
        }
        boolean upgrades = !values(fields, "upgrade").isEmpty();
        for (String connection : values(fields, "connection")) {
            require(
                    connection.equalsIgnoreCase("te") || (upgrades && connection.equalsIgnoreCase("upgrade")),
                    "connection",
                    connection);
        }
    }

    static void require(boolean holds, String what, String text) throws NotStrict {
        if (!holds) {
            throw new NotStrict(what + ": " + text);
        }
    }
}
