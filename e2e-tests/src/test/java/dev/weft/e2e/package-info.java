/** Real processes over real sockets: etcd, control planes, sidecars and foreign peers, killed at bad moments. */
@NullMarked
package dev.weft.e2e;

import org.jspecify.annotations.NullMarked;
