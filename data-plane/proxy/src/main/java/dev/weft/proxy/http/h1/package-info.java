/** HTTP/1.0 and 1.1 on the wire, both sides: strict (RFC 9112), streaming, and one walk over each head. */
@NullMarked
package dev.weft.proxy.http.h1;

import org.jspecify.annotations.NullMarked;
