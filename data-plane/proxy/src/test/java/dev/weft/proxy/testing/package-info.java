/** What the engine's tests share: a client that writes raw bytes, an origin that follows a script, and the guard against leaks. */
@NullMarked
package dev.weft.proxy.testing;

import org.jspecify.annotations.NullMarked;
