package dev.weft.proxy.listener;

import dev.weft.proxy.model.ChainKey;
import dev.weft.proxy.model.ListenerConfig;

/**
 * A chain of a listener that accepts, the same object for all its connections and through all updates that let them go on.
 * Thread-safe: each method is a volatile read.
 */
public interface ServingChain {
    /** What it is configured as now, or was at last. */
    ListenerConfig.Chain config();

    /** By which it is found in a configuration; its listener may get another name. */
    ChainKey key();
}
