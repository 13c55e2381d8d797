package dev.weft.proxy.filter;

/** An exchange on its way through a chain: what the chain asks of it, and filters do not. */
public interface Passage extends RequestExchange {
    /** Whether a filter had it routed anew, so that from the next filter on another chain is for it. */
    boolean isRerouted();
}
