package dev.weft.proxy.http;

/** {@code Vary}: on which request fields a response depends, so that caches tell responses apart (RFC 9110, section 12.5.5). */
public final class Vary {
    private Vary() {}

    /** Adds a field's name, unless it is there. */
    public static void on(Headers response, String field) {
        String present = response.joined(HeaderName.VARY);
        if (present == null) {
            response.add(HeaderName.VARY, field);
            return;
        }
        for (String item : present.split(",")) {
            if (item.strip().equalsIgnoreCase(field) || item.strip().equals("*")) {
                return;
            }
        }
        response.set(HeaderName.VARY, present + ", " + field);
    }
}
