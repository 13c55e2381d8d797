/** The control plane as a whole, in process and over real sockets. */
@NullMarked
package dev.weft.controlplane;

import org.jspecify.annotations.NullMarked;
