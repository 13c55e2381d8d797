/** What every store promises, as tests that each implementation runs. */
@NullMarked
package dev.weft.controlplane.store;

import org.jspecify.annotations.NullMarked;
