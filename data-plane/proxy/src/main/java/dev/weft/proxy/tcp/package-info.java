/** Opaque bytes: connections that are carried to an endpoint of a cluster without being understood. */
@NullMarked
package dev.weft.proxy.tcp;

import org.jspecify.annotations.NullMarked;
