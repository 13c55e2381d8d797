package dev.weft.api.validation;

import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.util.Durations;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Checks of single fields, in the words that every rule uses. Confined to one validation. */
final class Fields {
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]*[a-z0-9])?");
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
    private static final Pattern IPV4 =
            Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(25[0-5]|2[0-4]\\d|1?\\d?\\d)");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
    /** Fields that belong to the proxy: a rule that wrote them could break framing or forge what is trusted. */
    private static final Set<String> RESERVED_HEADERS = Set.of(
            "host",
            "connection",
            "content-length",
            "keep-alive",
            "proxy-connection",
            "te",
            "transfer-encoding",
            "upgrade");

    private final Problems problems;

    Fields(Problems problems) {
        this.problems = problems;
    }

    void name(String value, String field) {
        if (value.isEmpty()) {
            problems.add(Code.NAME, field, "missing (expected: a name)");
        } else if (value.length() > 253 || !NAME.matches(value)) {
            problems.add(
                    Code.NAME,
                    field,
                    "\"" + value
                            + "\" (expected: at most 253 lower-case letters, digits, '-' and '.', beginning and ending"
                            + " with a letter or digit)");
        }
    }

    void serverName(String value, String field) {
        String name = value.startsWith("*.") ? value.substring(2) : value;
        if (value.length() > 253 || !NAME.matches(name.toLowerCase(Locale.ROOT)) || name.contains("..")) {
            problems.add(Code.VALUE, field, "\"" + value + "\" (expected: a host name, or \"*.suffix\")");
        }
    }

    void labels(Map<String, String> labels, String field) {
        labels.forEach((key, value) -> {
            if (key.isEmpty() || key.length() > 63 || value.length() > 63) {
                problems.add(
                        Code.VALUE,
                        field + "." + key,
                        "expected: a key of 1 to 63 and a value of at most 63 characters");
            }
        });
    }

    void range(long value, long min, long max, String field) {
        if (value < min || value > max) {
            problems.add(Code.VALUE, field, value + " (expected: " + min + " to " + max + ")");
        }
    }

    void range(boolean present, UInt32Value value, long min, long max, String field) {
        if (present) {
            range(Integer.toUnsignedLong(value.getValue()), min, max, field);
        }
    }

    void duration(boolean present, Duration value, String min, String max, String field) {
        if (!present) {
            return;
        }
        long millis = Durations.isValid(value) ? Durations.toMillis(value) : -1;
        if (millis < HumanUnits.millis(min) || millis > HumanUnits.millis(max)) {
            problems.add(Code.VALUE, field, HumanUnits.duration(value) + " (expected: " + min + " to " + max + ")");
        }
    }

    void port(int port, String field) {
        if (port == 0) {
            problems.add(Code.CHOICE, field, "missing (expected: 1 to 65535)");
        } else {
            range(Integer.toUnsignedLong(port), 1, 65535, field);
        }
    }

    void ipAddress(String address, String field) {
        if (address.isEmpty()) {
            problems.add(Code.CHOICE, field, "missing (expected: an IP address)");
        } else if (!isIp(address)) {
            problems.add(
                    Code.VALUE, field, "\"" + address + "\" (expected: an IP address; for a name use dns instead)");
        }
    }

    private static boolean isIp(String address) {
        if (IPV4.matches(address)) {
            return true;
        }
        // getByName never asks a name server about text with a colon: it parses or refuses.
        if (!IPV6.matches(address)) {
            return false;
        }
        try {
            return java.net.InetAddress.getByName(address) != null;
        } catch (java.net.UnknownHostException e) {
            return false;
        }
    }

    void headerName(String name, String field) {
        if (!TOKEN.matches(name)) {
            problems.add(Code.VALUE, field, "\"" + name + "\" (expected: a header name)");
        }
    }

    void writableHeader(String name, String value, String field) {
        headerName(name, field);
        if (RESERVED_HEADERS.contains(name.toLowerCase(java.util.Locale.ROOT))) {
            String instead = name.equalsIgnoreCase("host") ? "; use rewrite.host" : "";
            problems.add(Code.VALUE, field, "\"" + name + "\" belongs to the proxy and cannot be changed" + instead);
        }
        if (value.chars().anyMatch(c -> (c < 0x20 && c != '\t') || c == 0x7f || c > 0xff)) {
            problems.add(Code.VALUE, field, "the value has a control character or one above U+00FF (expected: text)");
        }
    }

    void regex(String pattern, String field) {
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            problems.add(Code.VALUE, field, "\"" + pattern + "\": " + e.getMessage() + " (expected: RE2 syntax)");
        }
    }

    void absolutePath(String path, String field) {
        if (!path.startsWith("/")) {
            problems.add(Code.VALUE, field, "\"" + path + "\" (expected: a path that begins with \"/\")");
        } else if (path.contains("?") || path.contains("#")) {
            problems.add(Code.VALUE, field, "\"" + path + "\" (expected: a path without query and fragment)");
        }
    }

    /** Tells unless exactly one of the choices is given. */
    void exactlyOne(String field, String names, boolean... given) {
        int count = 0;
        for (boolean g : given) {
            count += g ? 1 : 0;
        }
        if (count != 1) {
            problems.add(
                    Code.CHOICE,
                    field,
                    (count == 0 ? "none" : count) + " given (expected: exactly one of " + names + ")");
        }
    }
}
