package dev.weft.proxy.filter;

/** How a request goes on after a phase that saw a head. */
public enum Next {
    CONTINUE,
    /** Not before {@link RequestExchange#proceed}; bodies are held back meanwhile. */
    WAIT,
    /** Not at all: the filter has answered ({@link RequestExchange#respond}) or failed the request. */
    STOP
}
