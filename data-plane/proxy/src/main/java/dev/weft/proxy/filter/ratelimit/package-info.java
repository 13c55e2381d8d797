/** Local rate limits: so many requests in a time, by token buckets of this proxy alone. */
@NullMarked
package dev.weft.proxy.filter.ratelimit;

import org.jspecify.annotations.NullMarked;
