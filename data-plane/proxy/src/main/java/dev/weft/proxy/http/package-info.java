/**
 * HTTP messages as the engine sees them, whatever the version on the wire: heads, headers, and the two halves of a stream. The
 * codecs ({@code http.h1}, {@code http.h2}) turn bytes into these and back; nothing past them knows which version was spoken.
 */
@NullMarked
package dev.weft.proxy.http;

import org.jspecify.annotations.NullMarked;
