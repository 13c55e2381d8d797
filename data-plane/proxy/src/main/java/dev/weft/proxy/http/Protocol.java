package dev.weft.proxy.http;

/** The version spoken on a connection. */
public enum Protocol {
    HTTP_1_0("HTTP/1.0", "1.0"),
    HTTP_1_1("HTTP/1.1", "1.1"),
    HTTP_2("HTTP/2", "2");

    private final String text;
    private final String via;

    Protocol(String text, String via) {
        this.text = text;
        this.via = via;
    }

    /** As an access log writes it. */
    public String text() {
        return text;
    }

    /** As a {@code Via} field writes it (RFC 9110, section 7.6.3). */
    public String via() {
        return via;
    }
}
