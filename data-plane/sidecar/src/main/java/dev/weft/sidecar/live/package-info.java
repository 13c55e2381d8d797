/**
 * What of the received configuration is live: resources that were accepted, what waits for what, and the one snapshot that is
 * handed to the proxy whole.
 */
@NullMarked
package dev.weft.sidecar.live;

import org.jspecify.annotations.NullMarked;
