/** Load reports: what the sidecar tells a control plane that asks how much its clusters are used. */
@NullMarked
package dev.weft.sidecar.load;

import org.jspecify.annotations.NullMarked;
