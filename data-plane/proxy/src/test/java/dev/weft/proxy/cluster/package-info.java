/** Tests of running clusters, on a hand-cranked loop unless sockets are the point. */
@NullMarked
package dev.weft.proxy.cluster;

import org.jspecify.annotations.NullMarked;
