/** HTTP/2 (RFC 9113) on both sides: frames to messages and back, flow control, and the bounds that keep a peer from abusing it. */
@NullMarked
package dev.weft.proxy.http.h2;

import org.jspecify.annotations.NullMarked;
