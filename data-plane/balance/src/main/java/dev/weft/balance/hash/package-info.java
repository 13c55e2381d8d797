/** The hash functions that rings and request hashing are made of, as pure functions over bytes. */
@NullMarked
package dev.weft.balance.hash;

import org.jspecify.annotations.NullMarked;
