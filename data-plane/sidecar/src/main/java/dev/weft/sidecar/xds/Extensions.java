package dev.weft.sidecar.xds;

import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.Optional;

/** Typed extensions: what sits in a {@code typed_config}. Stateless. */
final class Extensions {
    private Extensions() {}

    /** The type of a holder's {@code typed_config}; empty where there is none. */
    static String type(Message holder) {
        return holder.find("typed_config").map(Message::type).orElse("");
    }

    /** Notes a problem unless the holder's {@code typed_config} is of that type. */
    static void expect(Message holder, String type, Problems problems) {
        if (!type(holder).equals(type)) {
            refuse(holder, "expected: " + type, problems);
        }
    }

    /** The holder's extension is none that is supported here. */
    static void refuse(Message holder, String expectation, Problems problems) {
        Optional<Message> config = holder.find("typed_config");
        problems.add(
                config.isPresent() ? holder.path() : holder.path("typed_config"),
                config.map(c -> c.type() + ": not supported").orElse("missing") + " (" + expectation + ")");
    }
}
