/** The admin server: a small HTTP server for operators and probes, on a thread of its own, away from the proxy's loops. */
@NullMarked
package dev.weft.sidecar.admin;

import org.jspecify.annotations.NullMarked;
