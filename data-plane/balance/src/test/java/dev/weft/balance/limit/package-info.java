@NullMarked
package dev.weft.balance.limit;

import org.jspecify.annotations.NullMarked;
