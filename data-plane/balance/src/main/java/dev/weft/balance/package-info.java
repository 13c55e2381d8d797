/** Endpoints of a cluster and the choice among them. No I/O, no clock of its own; every class is safe on event loops. */
@NullMarked
package dev.weft.balance;

import org.jspecify.annotations.NullMarked;
