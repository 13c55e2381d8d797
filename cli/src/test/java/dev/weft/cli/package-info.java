/** The command in process, against a control plane that says what a test wants. */
@NullMarked
package dev.weft.cli;

import org.jspecify.annotations.NullMarked;
