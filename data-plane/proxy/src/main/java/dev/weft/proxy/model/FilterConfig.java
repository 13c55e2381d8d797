package dev.weft.proxy.model;

/**
 * The settings of one filter, compared by value: a filter whose settings are the same after an update goes on with what it has
 * counted. The filter packages implement it ({@code dev.weft.proxy.filter.FilterPolicy}).
 */
public interface FilterConfig {
    /** No filter: on a listener for what only some routes switch on, on a route for what is switched off there. */
    FilterConfig OFF = Off.INSTANCE;

    /** The one value of {@link #OFF}. */
    enum Off implements FilterConfig {
        INSTANCE
    }
}
