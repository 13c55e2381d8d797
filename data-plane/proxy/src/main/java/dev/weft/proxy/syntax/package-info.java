/** Pieces of HTTP's grammar (RFC 9110, RFC 3986) that configuration is checked by as messages are, so that neither knows the other. */
@NullMarked
package dev.weft.proxy.syntax;

import org.jspecify.annotations.NullMarked;
