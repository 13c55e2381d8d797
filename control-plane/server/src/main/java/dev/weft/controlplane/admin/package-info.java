/** The control plane's admin port: readiness, metrics and what each audience is served. */
@NullMarked
package dev.weft.controlplane.admin;

import org.jspecify.annotations.NullMarked;
