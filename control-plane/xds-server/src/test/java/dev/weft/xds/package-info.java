/** The conformance checks of the xDS server, one class per behaviour; S-numbers refer to the project's xDS checklist. */
@NullMarked
package dev.weft.xds;

import org.jspecify.annotations.NullMarked;
