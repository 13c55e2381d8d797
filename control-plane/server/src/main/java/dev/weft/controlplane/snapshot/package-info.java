/** From the store's changes to what each group of nodes is served: one follower, one publishing thread, shared snapshots. */
@NullMarked
package dev.weft.controlplane.snapshot;

import org.jspecify.annotations.NullMarked;
