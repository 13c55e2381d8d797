/** gRPC-Web, which browsers can speak, to gRPC and back. */
@NullMarked
package dev.weft.proxy.filter.grpcweb;

import org.jspecify.annotations.NullMarked;
