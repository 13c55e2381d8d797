package dev.weft.proxy.listener;

import dev.weft.proxy.model.ListenerConfig;
import java.net.InetSocketAddress;

/** A listener that accepts. Thread-safe: {@link #config} is a volatile read. */
public interface BoundListener {
    /** What is configured now; an update keeps the listener, its connections and this object. */
    ListenerConfig config();

    InetSocketAddress address();
}
