/** Benchmarks of routing, in its package because its types are not public. */
@NullMarked
package dev.weft.proxy.route;

import org.jspecify.annotations.NullMarked;
