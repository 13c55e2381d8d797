package dev.weft.proxy.fuzz;

import dev.weft.proxy.fuzz.StrictRequest.CutShort;
import dev.weft.proxy.fuzz.StrictRequest.NotStrict;
import dev.weft.proxy.fuzz.StrictRequest.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A response by the letter of RFC 9112, as {@link StrictRequest} reads requests. Immutable.
 *
 * @param body null where the message is cut short in it
 */
record StrictResponse(
        int status, List<String> fields, @Nullable String body) {
    private static final Pattern LINE = Pattern.compile("HTTP/1\\.[0-9] ([1-5][0-9][0-9]) [\t -~\\x80-\\xff]*");

    /**
     * The next response.
     *
     * @param method of the request that it answers
     * @param closed whether the connection has ended behind these bytes
     */
    static StrictResponse next(Source from, String method, boolean closed) throws NotStrict, CutShort {
        String line = from.line();
        Matcher start = LINE.matcher(line);
        StrictRequest.require(start.matches(), "status line", line);
        int status = Integer.parseInt(start.group(1));
        List<String> fields = new ArrayList<>();
        for (String field = from.line(); !field.isEmpty(); field = from.line()) {
            StrictRequest.require(StrictRequest.FIELD.matcher(field).matches(), "field", field);
            fields.add(field);
        }
        boolean chunked = StrictRequest.isChunked(fields, "1");
        boolean sized = !StrictRequest.values(fields, "content-length").isEmpty();
        try {
            String body;
            if (method.equals("HEAD") || status < 200 || status == 204 || status == 304) {
                body = "";
            } else if (chunked) {
                body = StrictRequest.chunked(from);
            } else if (sized) {
                body = from.take(StrictRequest.length(fields));
            } else {
                body = closed ? from.rest() : null;
            }
            return new StrictResponse(status, fields, body);
        } catch (CutShort inTheBody) {
            return new StrictResponse(status, fields, null);
        }
    }

    boolean isInterim() {
        return status < 200;
    }

    /** What a proxy may moreover not send on. */
    void requireForwardable() throws NotStrict {
        for (String name : List.of("keep-alive", "proxy-connection", "upgrade", "te")) {
            StrictRequest.require(StrictRequest.values(fields, name).isEmpty(), "hop-by-hop field", name);
        }
        for (String connection : StrictRequest.values(fields, "connection")) {
            StrictRequest.require(connection.matches("close|keep-alive"), "connection", connection);
        }
        StrictRequest.require(status != 101, "an upgrade that nobody asked for", fields.toString());
    }
}
