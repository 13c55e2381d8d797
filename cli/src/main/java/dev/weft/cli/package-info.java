/** The {@code weft} command's client verbs: read files and flags, call the management API, print. */
@NullMarked
package dev.weft.cli;

import org.jspecify.annotations.NullMarked;
