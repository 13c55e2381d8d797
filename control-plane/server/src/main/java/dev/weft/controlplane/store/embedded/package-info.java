/** The store of a single control plane: a SQLite database in a directory of its own, with nothing else to run. */
@NullMarked
package dev.weft.controlplane.store.embedded;

import org.jspecify.annotations.NullMarked;
