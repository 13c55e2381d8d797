/** The store over etcd, for any number of control planes; the only place that knows jetcd. */
@NullMarked
package dev.weft.controlplane.store.etcd;

import org.jspecify.annotations.NullMarked;
