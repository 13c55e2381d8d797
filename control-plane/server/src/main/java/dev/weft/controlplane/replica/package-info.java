/** This replica among its equals: announced under its lease, asking the others for what only they know. */
@NullMarked
package dev.weft.controlplane.replica;

import org.jspecify.annotations.NullMarked;
