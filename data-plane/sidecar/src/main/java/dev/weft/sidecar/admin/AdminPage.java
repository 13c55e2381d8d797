package dev.weft.sidecar.admin;

import java.util.concurrent.CompletableFuture;

/** One page of the admin server. Called on the server's thread, which it must not block. */
public interface AdminPage {
    /** For {@code /help}. */
    String about();

    /** Whether it does something, and so takes POST instead of GET. */
    default boolean acts() {
        return false;
    }

    CompletableFuture<AdminAnswer> answer(AdminRequest request);

    /**
     * @param query the raw query, for instance {@code format=json}
     * @param accept the Accept header, or empty
     */
    record AdminRequest(String query, String accept) {
        /** What the query says of a name; the empty string where nothing. */
        public String parameter(String name) {
            for (String part : query.split("&")) {
                if (part.startsWith(name + "=")) {
                    return part.substring(name.length() + 1);
                }
            }
            return "";
        }

        /** Whether JSON is asked for rather than text. */
        public boolean json() {
            return parameter("format").equals("json") || accept.contains("application/json");
        }
    }

    /** A status, and text of a type. */
    record AdminAnswer(int status, String contentType, String body) {
        public static AdminAnswer text(int status, String body) {
            return new AdminAnswer(status, "text/plain; charset=utf-8", body.endsWith("\n") ? body : body + "\n");
        }

        public static AdminAnswer json(int status, String body) {
            return new AdminAnswer(status, "application/json", body + "\n");
        }
    }
}
