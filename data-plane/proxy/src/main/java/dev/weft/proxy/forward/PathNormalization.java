package dev.weft.proxy.forward;

import org.jspecify.annotations.Nullable;

/**
 * Brings a path into the form that every server reads in the same way (RFC 3986, section 6.2.2), as Envoy does it: dot segments are
 * resolved, escapes of unreserved characters undone, characters that may not stand in a path escaped, and a backslash is a slash.
 * Other escapes stay as they are, in the case that they came in, since undoing them could change what is meant. Stateless.
 *
 * <p>A dot segment may have parameters ({@code /..;a=b/}): servlet containers drop them before they resolve it, so it is resolved
 * here. What comes out is normal: normalizing it again changes nothing.
 */
final class PathNormalization {
    private static final String ESCAPED = "\"<>^`{|}";
    private static final String HEX = "0123456789ABCDEF";
    private static final int NONE = -1;

    private final String path;
    private final int end;
    private final StringBuilder out;

    /** Where a percent sign was copied that begins no escape, and must not come to begin one. */
    private int loosePercent = NONE;

    private PathNormalization(String path, int end) {
        this.path = path;
        this.end = end;
        this.out = new StringBuilder(path.length());
    }

    /**
     * @param path with its query, which stays; one that does not begin with a slash stays too
     * @param end of the path proper
     * @return null where it holds an escaped NUL
     */
    static @Nullable String of(String path, int end) {
        return isNormal(path, end) ? path : new PathNormalization(path, end).run();
    }

    /** Whether there is nothing to do for certain; most paths are like that. */
    private static boolean isNormal(String path, int end) {
        if (!path.startsWith("/")) {
            return true;
        }
        for (int i = 0; i < end; i++) {
            char c = path.charAt(i);
            boolean dotSegment = c == '.' && path.charAt(i - 1) == '/';
            if (dotSegment || c == '%' || c == '\\' || ESCAPED.indexOf(c) >= 0) {
                return false;
            }
        }
        return true;
    }

    private @Nullable String run() {
        int i = 0;
        while (i < end) {
            i = isSlash(path.charAt(i)) ? slash(i) : character(i);
            if (i == NONE) {
                return null;
            }
        }
        return out.append(path, end, path.length()).toString();
    }

    /** A slash and the dot segments behind it. */
    private int slash(int at) {
        out.append('/');
        int i = at + 1;
        for (int after = dotSegment(i); after != NONE; after = dotSegment(i)) {
            i = Math.min(end, after + 1);
            if (after == end) {
                break;
            }
        }
        return i;
    }

    /** Resolves the dot segment at {@code from}, and returns where it ends; {@link #NONE} where there is none. */
    private int dotSegment(int from) {
        int dots = 0;
        int i = from;
        for (int length = dotLength(i); length > 0 && dots < 3; length = dotLength(i)) {
            dots++;
            i += length;
        }
        boolean ends = i == end || isSlash(path.charAt(i)) || path.charAt(i) == ';';
        if (dots == 0 || dots > 2 || !ends) {
            return NONE;
        }
        while (i < end && !isSlash(path.charAt(i))) {
            i++;
        }
        if (dots == 2 && out.length() > 1) {
            out.setLength(out.lastIndexOf("/", out.length() - 2) + 1);
        }
        return i;
    }

    private int dotLength(int at) {
        if (at < end && path.charAt(at) == '.') {
            return 1;
        }
        return escapedAt(at) == '.' ? 3 : 0;
    }

    private int character(int at) {
        char c = path.charAt(at);
        if (c != '%') {
            if (ESCAPED.indexOf(c) >= 0) {
                out.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            } else {
                out.append(c);
                mendLoosePercent();
            }
            return at + 1;
        }
        int value = escapedAt(at);
        if (value == 0) {
            return NONE;
        }
        if (value == NONE) {
            loosePercent = out.length();
            out.append('%');
            return at + 1;
        }
        if (isUnreserved(value)) {
            out.append((char) value);
            mendLoosePercent();
        } else {
            out.append(path, at, at + 3);
        }
        return at + 3;
    }

    /** An escape that only came about because escapes were undone would be read as one by the next server: it is escaped. */
    private void mendLoosePercent() {
        int length = out.length();
        if (loosePercent != NONE
                && loosePercent == length - 3
                && isHex(out.charAt(length - 2))
                && isHex(out.charAt(length - 1))) {
            out.insert(loosePercent + 1, "25");
        }
    }

    /** The byte that is escaped there, or {@link #NONE}. */
    private int escapedAt(int at) {
        if (at + 2 >= end || path.charAt(at) != '%' || !isHex(path.charAt(at + 1)) || !isHex(path.charAt(at + 2))) {
            return NONE;
        }
        return Character.digit(path.charAt(at + 1), 16) << 4 | Character.digit(path.charAt(at + 2), 16);
    }

    private static boolean isSlash(char c) {
        return c == '/' || c == '\\';
    }

    private static boolean isHex(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }

    /** RFC 3986, section 2.3. */
    private static boolean isUnreserved(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }
}
