package dev.weft.proxy.model;

import java.util.List;

/**
 * Changes to the fields of request and response. Removal comes first, then additions in order.
 *
 * @param request added on the way to the endpoint
 * @param removeRequest names of fields that go
 * @param response added on the way to the client
 * @param removeResponse names of fields that go
 */
public record HeaderRules(
        List<HeaderChange> request,
        List<String> removeRequest,
        List<HeaderChange> response,
        List<String> removeResponse) {
    public static final HeaderRules NONE = new HeaderRules(List.of(), List.of(), List.of(), List.of());

    public HeaderRules {
        request = List.copyOf(request);
        removeRequest = List.copyOf(removeRequest);
        response = List.copyOf(response);
        removeResponse = List.copyOf(removeResponse);
    }

    /**
     * @param value literal text, or one with operators ({@code dev.weft.proxy.format})
     * @param formatted whether it has operators
     * @param keepEmpty whether a value that comes out empty is set too
     */
    public record HeaderChange(String name, String value, Append append, boolean formatted, boolean keepEmpty) {
        /** Literal text, as it is. */
        public HeaderChange(String name, String value, Append append) {
            this(name, value, append, false, true);
        }
    }

    /** What happens where the field is already there. */
    public enum Append {
        APPEND,
        OVERWRITE,
        ADD_IF_ABSENT,
        OVERWRITE_IF_EXISTS
    }
}
