/** Content codings (RFC 9110, section 8.4.1) over streams: what the filters that compress and decompress share. */
@NullMarked
package dev.weft.proxy.filter.coding;

import org.jspecify.annotations.NullMarked;
