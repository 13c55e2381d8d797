package dev.weft.proxy.filter;

/**
 * A filter that says how a request came: called once for it, however often it is sent on. Those of a chain are its first.
 */
interface OfArrival extends Filter {}
