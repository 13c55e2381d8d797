@NullMarked
package dev.weft.balance.policy;

import org.jspecify.annotations.NullMarked;
