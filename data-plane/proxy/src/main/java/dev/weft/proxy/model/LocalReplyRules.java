package dev.weft.proxy.model;

import dev.weft.proxy.model.HeaderRules.HeaderChange;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What becomes of the answers that the proxy gives by itself: its failures, redirects, direct responses, those of filters, and those
 * to what was no request since its head could not be read.
 *
 * @param mappers the first whose condition holds is applied, and no other
 * @param body what the body is made of, unless the mapper says so; else it stays the text that it is
 */
public record LocalReplyRules(List<Mapper> mappers, Optional<Body> body) {
    public static final LocalReplyRules NONE = new LocalReplyRules(List.of(), Optional.empty());

    public LocalReplyRules {
        mappers = List.copyOf(mappers);
    }

    public boolean isNone() {
        return mappers.isEmpty() && body.isEmpty();
    }

    /**
     * @param status in place of the answer's own
     * @param text in place of the answer's own; the {@code LOCAL_REPLY_BODY} of a format
     * @param body in place of the one for all
     * @param headers changes to the answer's fields, of which values with operators know its own status
     */
    public record Mapper(
            Condition when,
            Optional<Integer> status,
            Optional<String> text,
            Optional<Body> body,
            List<HeaderChange> headers) {
        public Mapper {
            headers = List.copyOf(headers);
            status.ifPresent(code -> Check.range(code, 200, 599, "status_code"));
        }
    }

    /**
     * @param format of all of it; {@code %LOCAL_REPLY_BODY%} is the text that it would be without
     * @param contentType what it is then
     */
    public record Body(LogFormat format, String contentType) {
        public Body {
            Check.fieldValue(contentType, "content_type");
        }
    }

    /** Of an answer. */
    public sealed interface Condition {
        /** Its status is in that range, both ends included. */
        record Status(int least, int most) implements Condition {}

        /**
         * @param flags what went wrong, in the access log's letters, is one of them; without, anything did
         */
        record Failed(Set<String> flags) implements Condition {
            public Failed {
                flags = Set.copyOf(flags);
            }
        }

        record All(List<Condition> conditions) implements Condition {
            public All {
                conditions = List.copyOf(conditions);
            }
        }

        record Any(List<Condition> conditions) implements Condition {
            public Any {
                conditions = List.copyOf(conditions);
            }
        }
    }
}
