@NullMarked
package dev.weft.balance.health;

import org.jspecify.annotations.NullMarked;
