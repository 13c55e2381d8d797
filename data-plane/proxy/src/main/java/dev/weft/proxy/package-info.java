/** The proxy engine as a library: build a {@code Proxy}, hand it configuration, and it serves until it is drained. */
@NullMarked
package dev.weft.proxy;

import org.jspecify.annotations.NullMarked;
