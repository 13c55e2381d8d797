/** What makes an endpoint unhealthy: active checks that fail, and traffic that fails. */
@NullMarked
package dev.weft.balance.health;

import org.jspecify.annotations.NullMarked;
