/** Time on an event loop: a cheap clock and coarse deadlines that cost no allocation to arm. */
@NullMarked
package dev.weft.proxy.time;

import org.jspecify.annotations.NullMarked;
