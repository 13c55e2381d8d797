package dev.weft.sidecar.xds;

import dev.weft.proxy.format.Format;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.HeaderRules.Append;
import dev.weft.proxy.model.HeaderRules.HeaderChange;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The four header lists that tables, hosts, rules and weighted clusters share. Confined to the thread of the conversion. */
final class HeaderTranslation {
    private final Problems problems;

    HeaderTranslation(Problems problems) {
        this.problems = problems;
    }

    HeaderRules rules(Message holder) {
        if (!holder.has("request_headers_to_add")
                && !holder.has("request_headers_to_remove")
                && !holder.has("response_headers_to_add")
                && !holder.has("response_headers_to_remove")) {
            return HeaderRules.NONE;
        }
        return new HeaderRules(
                changes(holder, "request_headers_to_add"),
                removed(holder, "request_headers_to_remove"),
                changes(holder, "response_headers_to_add"),
                removed(holder, "response_headers_to_remove"));
    }

    private List<String> removed(Message holder, String field) {
        return holder.strings(field).stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .toList();
    }

    /** One such list of additions. */
    List<HeaderChange> changes(Message holder, String field) {
        List<HeaderChange> changes = new ArrayList<>();
        for (Message option : holder.messages(field)) {
            Message header = option.message("header");
            String name = header.string("key").toLowerCase(Locale.ROOT);
            String value = header.has("raw_value")
                    ? new String(header.bytes("raw_value"), StandardCharsets.ISO_8859_1)
                    : header.string("value");
            if (name.isEmpty()) {
                problems.add(header.path("key"), "empty (expected: a header's name)");
            } else if (value.replace("%%", "").indexOf('%') >= 0) {
                changes.add(new HeaderChange(
                        name, formatted(header, value), append(option), true, option.bool("keep_empty_value")));
            } else if (!value.isEmpty() || option.bool("keep_empty_value")) {
                // Envoy leaves out what comes out empty, unless told otherwise.
                changes.add(new HeaderChange(name, value.replace("%%", "%"), append(option)));
            }
        }
        return changes;
    }

    private static Append append(Message option) {
        if (option.has("append") && !option.has("append_action")) {
            return option.bool("append") ? Append.APPEND : Append.OVERWRITE;
        }
        return switch (option.choice("append_action")) {
            case "ADD_IF_ABSENT" -> Append.ADD_IF_ABSENT;
            case "OVERWRITE_IF_EXISTS_OR_ADD" -> Append.OVERWRITE;
            case "OVERWRITE_IF_EXISTS" -> Append.OVERWRITE_IF_EXISTS;
            default -> Append.APPEND;
        };
    }

    private String formatted(Message header, String value) {
        try {
            Format.of(value);
        } catch (IllegalArgumentException e) {
            problems.add(header.path("value"), String.valueOf(e.getMessage()));
        }
        return value;
    }
}
