/** Instances: written when a sidecar's stream opens, taken away when it leaves or stays away. */
@NullMarked
package dev.weft.controlplane.registry;

import org.jspecify.annotations.NullMarked;
