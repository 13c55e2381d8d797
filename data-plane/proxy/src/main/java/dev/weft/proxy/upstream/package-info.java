/**
 * Connections to the endpoints of clusters: how they are made (TCP, TLS, ALPN), kept, shared, limited and let go. The last stop of
 * a request before its bytes leave; knows neither routes nor balancing.
 */
@NullMarked
package dev.weft.proxy.upstream;

import org.jspecify.annotations.NullMarked;
