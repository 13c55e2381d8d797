/** Turning requests away before the process's memory ends. */
@NullMarked
package dev.weft.proxy.overload;

import org.jspecify.annotations.NullMarked;
