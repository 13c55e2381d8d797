/**
 * Route tables, compiled: from a request's head to what is to be done with it. Pure and immutable; knows no connection, no cluster
 * state and no Netty.
 */
@NullMarked
package dev.weft.proxy.route;

import org.jspecify.annotations.NullMarked;
