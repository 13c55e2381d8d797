/**
 * Configuration as immutable records that check themselves. It is written by hand (library) or made from xDS (sidecar), and
 * swapped whole; a request captures what it needs once, at its start.
 */
@NullMarked
package dev.weft.proxy.model;

import org.jspecify.annotations.NullMarked;
