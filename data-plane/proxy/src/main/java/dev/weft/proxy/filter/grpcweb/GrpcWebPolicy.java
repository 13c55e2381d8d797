package dev.weft.proxy.filter.grpcweb;

import dev.weft.proxy.filter.Filter;
import dev.weft.proxy.filter.FilterPolicy;

/** Has requests in gRPC-Web go on as gRPC, binary and text alike; what is no gRPC-Web passes as it is. */
public record GrpcWebPolicy() implements FilterPolicy {
    @Override
    public Filter filter() {
        return new GrpcWebFilter();
    }
}
