/** Benchmarks of the HTTP/1 codec, in its package because what they measure is not public. */
@NullMarked
package dev.weft.proxy.http.h1;

import org.jspecify.annotations.NullMarked;
