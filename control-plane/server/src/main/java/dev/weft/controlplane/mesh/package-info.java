/** The mesh as one immutable value: what is applied and what is registered, as of one revision of the store. */
@NullMarked
package dev.weft.controlplane.mesh;

import org.jspecify.annotations.NullMarked;
