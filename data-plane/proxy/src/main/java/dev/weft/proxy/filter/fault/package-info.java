/** Faults made on purpose: requests that are delayed or answered with an error, to see how their callers take it. */
@NullMarked
package dev.weft.proxy.filter.fault;

import org.jspecify.annotations.NullMarked;
