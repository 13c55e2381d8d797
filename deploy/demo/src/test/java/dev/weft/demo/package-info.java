/** Tests of the demo and of the scripts that start the distribution. */
@NullMarked
package dev.weft.demo;

import org.jspecify.annotations.NullMarked;
