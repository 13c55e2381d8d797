/** Whatever bytes come from a client: what reaches an origin is strict requests, and only those that the client made. */
@NullMarked
package dev.weft.proxy.fuzz;

import org.jspecify.annotations.NullMarked;
