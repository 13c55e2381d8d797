/**
 * The mesh's resources as xDS: pure functions from one to the other, proven by golden files. Only here are both models seen side by
 * side.
 */
@NullMarked
package dev.weft.controlplane.translate;

import org.jspecify.annotations.NullMarked;
