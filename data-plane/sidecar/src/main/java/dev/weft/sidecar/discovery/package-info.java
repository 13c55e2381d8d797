/**
 * The few messages of the discovery service, written and read by hand: their generated classes would load the descriptors that
 * the rest of the process does without.
 */
@NullMarked
package dev.weft.sidecar.discovery;

import org.jspecify.annotations.NullMarked;
