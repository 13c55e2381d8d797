/**
 * Envoy's messages as trees with paths: read from JSON, YAML or the wire by one table of supported fields, so that what is not
 * supported is refused by its path, and so that no protobuf descriptor has to be loaded (some 30 MB in a running sidecar).
 */
@NullMarked
package dev.weft.sidecar.xds.message;

import org.jspecify.annotations.NullMarked;
