/** A typed client of the management API, with failures as people can act on them. */
@NullMarked
package dev.weft.api.client;

import org.jspecify.annotations.NullMarked;
