/** Copies of requests for a second cluster, whose responses nobody waits for. */
@NullMarked
package dev.weft.proxy.filter.mirror;

import org.jspecify.annotations.NullMarked;
