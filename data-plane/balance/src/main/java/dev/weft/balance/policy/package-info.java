/** The built-in balancing policies: each is a record of its settings and compiles a picker. */
@NullMarked
package dev.weft.balance.policy;

import org.jspecify.annotations.NullMarked;
