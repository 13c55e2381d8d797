/** What can go wrong with a request, and the one table that says how each case is answered, counted and logged. */
@NullMarked
package dev.weft.proxy.failure;

import org.jspecify.annotations.NullMarked;
