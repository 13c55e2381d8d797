/** Requests that are sent on whole or not at all. */
@NullMarked
package dev.weft.proxy.filter.buffer;

import org.jspecify.annotations.NullMarked;
