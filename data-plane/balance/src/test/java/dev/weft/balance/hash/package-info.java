@NullMarked
package dev.weft.balance.hash;

import org.jspecify.annotations.NullMarked;
