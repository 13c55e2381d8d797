/** Bodies that are decompressed on their way, for upstreams and filters that want them plain. */
@NullMarked
package dev.weft.proxy.filter.decompress;

import org.jspecify.annotations.NullMarked;
