/**
 * What makes a resource wrong, told all at once with the field's path. The server runs it before every write and {@code weft
 * validate} without a server, so that nothing is stored which a proxy would refuse.
 */
@NullMarked
package dev.weft.api.validation;

import org.jspecify.annotations.NullMarked;
