/** Plans of applies. */
@NullMarked
package dev.weft.controlplane.management;

import org.jspecify.annotations.NullMarked;
