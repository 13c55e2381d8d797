package dev.weft.proxy.route;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The query of a path, read without being taken apart into a map. Stateless. */
public final class Query {
    private Query() {}

    /** Index of the question mark, or the path's length. */
    public static int start(String path) {
        int mark = path.indexOf('?');
        return mark < 0 ? path.length() : mark;
    }

    /** The first value of the parameter {@code name}, percent-decoded (a plus stays one); empty without {@code =}; else null. */
    public static @Nullable String parameter(String path, String name) {
        int at = start(path) + 1;
        while (at < path.length()) {
            int end = path.indexOf('&', at);
            end = end < 0 ? path.length() : end;
            int equals = path.indexOf('=', at);
            int nameEnd = equals < 0 || equals > end ? end : equals;
            if (isName(path, at, nameEnd, name)) {
                return nameEnd == end ? "" : decode(path.substring(nameEnd + 1, end));
            }
            at = end + 1;
        }
        return null;
    }

    private static boolean isName(String path, int from, int to, String name) {
        if (to - from == name.length()) {
            return path.startsWith(name, from);
        }
        return to - from > name.length()
                && path.indexOf('%', from) >= 0
                && decode(path.substring(from, to)).equals(name);
    }

    /** Percent-decodes into UTF-8; a percent sign that begins no escape stays as it is. */
    static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int high = c == '%' && i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
            int low = high < 0 ? -1 : Character.digit(text.charAt(i + 2), 16);
            if (low >= 0) {
                bytes.write(high << 4 | low);
                i += 2;
            } else {
                bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
