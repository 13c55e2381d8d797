package dev.weft.proxy.http.h1;

/**
 * The peer sent what is not HTTP or is more than the limits allow. Immutable; without a stack trace, since it tells of the peer and
 * not of us.
 */
final class BadMessage extends RuntimeException {
    private final int status;

    BadMessage(int status, String reason) {
        super(reason, null, false, false);
        this.status = status;
    }

    static BadMessage malformed(String reason) {
        return new BadMessage(400, reason);
    }

    /** What a request gets as answer. */
    int status() {
        return status;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
