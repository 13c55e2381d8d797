/** The Java client of the mesh: manifests, validation and a typed client of the management API. */
@NullMarked
package dev.weft.api;

import org.jspecify.annotations.NullMarked;
