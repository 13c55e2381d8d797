/** Accepts connections, finds out what they speak (TLS, ALPN, the HTTP/2 preface), and drains them: the first stop of a request. */
@NullMarked
package dev.weft.proxy.listener;

import org.jspecify.annotations.NullMarked;
