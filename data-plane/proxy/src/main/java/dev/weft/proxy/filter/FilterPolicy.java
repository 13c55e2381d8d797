package dev.weft.proxy.filter;

import dev.weft.proxy.model.FilterConfig;

/** Settings that know their filter. Values, equal where the filter would be the same. */
public interface FilterPolicy extends FilterConfig {
    /** The filter, made once for all requests that these settings apply to, and used by every event loop. */
    Filter filter();
}
