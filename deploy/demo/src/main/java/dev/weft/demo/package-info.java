/** {@code weft demo}: a whole mesh of real processes on one machine, traffic through it, and what can be seen of both. */
@NullMarked
package dev.weft.demo;

import org.jspecify.annotations.NullMarked;
