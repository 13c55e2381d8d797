/**
 * The phases of a request, and the policies built on them. A {@link dev.weft.proxy.filter.Filter} overrides the phases it wants;
 * a chain is compiled so that the others cost nothing. The proxy's own policies use nothing else.
 */
@NullMarked
package dev.weft.proxy.filter;

import org.jspecify.annotations.NullMarked;
