/**
 * Running clusters: which endpoints a cluster has, how they are, which of them takes a request, and how many may be in progress.
 * What to decide comes from {@code dev.weft.balance}; this package adds sockets, loops and time.
 */
@NullMarked
package dev.weft.proxy.cluster;

import org.jspecify.annotations.NullMarked;
