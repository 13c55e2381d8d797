/** TLS on both sides: which engine, which trust, which names; contexts are made when configuration arrives, not on a request's path. */
@NullMarked
package dev.weft.proxy.tls;

import org.jspecify.annotations.NullMarked;
