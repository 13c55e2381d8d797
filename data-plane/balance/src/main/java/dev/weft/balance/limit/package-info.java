/** What bounds work: circuit breakers, retry budgets, backoff and token buckets. */
@NullMarked
package dev.weft.balance.limit;

import org.jspecify.annotations.NullMarked;
