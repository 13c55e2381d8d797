/**
 * Where definitions live: one interface with the same semantics over an embedded database and over etcd. Keys and values are
 * opaque here; what they mean is the caller's.
 */
@NullMarked
package dev.weft.controlplane.store;

import org.jspecify.annotations.NullMarked;
