/** The xDS client: one aggregated stream to one of several control planes, delta or state of the world, for as long as we run. */
@NullMarked
package dev.weft.sidecar.ads;

import org.jspecify.annotations.NullMarked;
