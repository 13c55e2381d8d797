/** Envoy's bootstrap as this process understands it: from a file, or from the few flags that are its short form. */
@NullMarked
package dev.weft.sidecar.bootstrap;

import org.jspecify.annotations.NullMarked;
