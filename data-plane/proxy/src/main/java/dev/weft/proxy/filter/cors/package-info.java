/** Cross-origin requests of browsers: which origins may read a response (Fetch standard, CORS protocol). */
@NullMarked
package dev.weft.proxy.filter.cors;

import org.jspecify.annotations.NullMarked;
