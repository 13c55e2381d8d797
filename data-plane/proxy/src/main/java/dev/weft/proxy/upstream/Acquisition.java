package dev.weft.proxy.upstream;

/** A request's wait for a connection. Confined to the pools' event loop. */
public interface Acquisition {
    /** What is returned where the callback has been called already. */
    Acquisition DONE = () -> {};

    /** Gives up waiting: the callback will not be called. Ignored once it was. */
    void cancel();
}
