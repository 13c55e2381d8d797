/** A conformant xDS v3 server as a library: it serves immutable snapshots of resources to streams of clients and knows neither a store nor a mesh. */
@NullMarked
package dev.weft.xds;

import org.jspecify.annotations.NullMarked;
