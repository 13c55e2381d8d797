package dev.weft.sidecar.xds.message;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes trees of maps, lists and scalars as JSON text. Stateless. */
public final class Json {
    private static final int BRIEF = 40;

    private Json() {}

    /** Indented by two spaces, without a last newline. */
    public static String pretty(Object tree) {
        StringBuilder out = new StringBuilder();
        write(tree, out, "\n");
        return out.toString();
    }

    /** On one line. */
    public static String compact(Object tree) {
        StringBuilder out = new StringBuilder();
        write(tree, out, "");
        return out.toString();
    }

    /** The beginning of a value, for messages. */
    static String brief(@Nullable Object tree) {
        String text = tree == null ? "null" : compact(tree);
        return text.length() <= BRIEF ? text : text.substring(0, BRIEF) + "…";
    }

    private static void write(@Nullable Object tree, StringBuilder out, String newline) {
        switch (tree) {
            case null -> out.append("null");
            case Map<?, ?> map -> writeAll(map.entrySet().iterator(), '{', '}', out, newline);
            case List<?> list -> writeAll(list.iterator(), '[', ']', out, newline);
            case Map.Entry<?, ?> entry -> {
                quote(String.valueOf(entry.getKey()), out);
                out.append(newline.isEmpty() ? ":" : ": ");
                write(entry.getValue(), out, newline);
            }
            case Double number
            when number == Math.rint(number) && Math.abs(number) < 1e15 -> out.append(number.longValue());
            case Double number when !Double.isFinite(number) -> quote(number.toString(), out);
            case Number number -> out.append(number);
            case Boolean truth -> out.append(truth);
            case JsonTree.Null none -> out.append("null");
            default -> quote(tree.toString(), out);
        }
    }

    private static void writeAll(Iterator<?> items, char open, char close, StringBuilder out, String newline) {
        out.append(open);
        String inner = newline.isEmpty() ? "" : newline + "  ";
        boolean any = false;
        while (items.hasNext()) {
            out.append(any ? "," : "").append(inner);
            write(items.next(), out, inner);
            any = true;
        }
        out.append(any ? newline : "").append(close);
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
