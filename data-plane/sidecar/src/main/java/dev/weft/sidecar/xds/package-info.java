/**
 * Envoy's resources made into the proxy's model records: pure conversions that gather everything that is wrong with a resource,
 * by path. Nothing past this package sees a message of Envoy's.
 */
@NullMarked
package dev.weft.sidecar.xds;

import org.jspecify.annotations.NullMarked;
