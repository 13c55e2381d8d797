/** Golden files: what a mesh becomes as xDS. */
@NullMarked
package dev.weft.controlplane.translate;

import org.jspecify.annotations.NullMarked;
