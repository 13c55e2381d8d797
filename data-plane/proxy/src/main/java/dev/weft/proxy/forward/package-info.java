/**
 * The exchange: a request's way from its route to an endpoint and back, with its tries, its deadlines and its end. Everything of
 * one request happens on one event loop.
 */
@NullMarked
package dev.weft.proxy.forward;

import org.jspecify.annotations.NullMarked;
