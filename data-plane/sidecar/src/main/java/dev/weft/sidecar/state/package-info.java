/** The last good configuration on disk, so that a sidecar starts while every control plane is away. */
@NullMarked
package dev.weft.sidecar.state;

import org.jspecify.annotations.NullMarked;
