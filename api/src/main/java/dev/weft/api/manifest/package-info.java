/** Resources as people write them: YAML or JSON, many documents a file, each problem with its file, line and field. */
@NullMarked
package dev.weft.api.manifest;

import org.jspecify.annotations.NullMarked;
