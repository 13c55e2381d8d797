/** The control plane: store, registry, translate, snapshot, xDS and management, put together by {@code Main}. */
@NullMarked
package dev.weft.controlplane;

import org.jspecify.annotations.NullMarked;
