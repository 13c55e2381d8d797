/** Responses that are compressed on their way to clients that like them so. */
@NullMarked
package dev.weft.proxy.filter.compress;

import org.jspecify.annotations.NullMarked;
