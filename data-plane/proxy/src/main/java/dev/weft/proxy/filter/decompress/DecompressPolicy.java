package dev.weft.proxy.filter.decompress;

import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.FilterPolicy;
import dev.weft.proxy.filter.coding.ContentCoding;

/**
 * Which bodies are decompressed.
 *
 * @param requests whether upstreams get requests plain
 * @param responses whether clients get responses plain
 * @param advertises whether upstreams are told that they may compress
 * @param ignoresNoTransform whether {@code Cache-Control: no-transform} does not keep from it
 */
public record DecompressPolicy(
        ContentCoding coding, boolean requests, boolean responses, boolean advertises, boolean ignoresNoTransform)
        implements FilterPolicy {
    @Override
    public Filter filter() {
        return new DecompressFilter(this);
    }
}
