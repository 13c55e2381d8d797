/** The proxy as a process: its commands, and the one place where its parts are put together. */
@NullMarked
package dev.weft.sidecar;

import org.jspecify.annotations.NullMarked;
