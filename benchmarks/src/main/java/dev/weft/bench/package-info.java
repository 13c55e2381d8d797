/** Measurements of the whole mesh, with the processes that people run. */
@NullMarked
package dev.weft.bench;

import org.jspecify.annotations.NullMarked;
