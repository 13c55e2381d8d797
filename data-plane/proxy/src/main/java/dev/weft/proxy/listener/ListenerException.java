package dev.weft.proxy.listener;

/** A listener could not be bound or its TLS not be set up; the message names it, its address and the reason. */
public final class ListenerException extends RuntimeException {
    public ListenerException(String message, Throwable cause) {
        super(message, cause);
    }
}
