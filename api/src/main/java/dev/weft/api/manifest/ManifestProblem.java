package dev.weft.api.manifest;

/**
 * Something that is wrong with a manifest, where it stands. Immutable.
 *
 * @param code stable, for instance {@code W100}
 * @param line from 1; 0 where unknown
 * @param field path in the document, or empty
 * @param suggestion the likely meant word, or empty
 */
public record ManifestProblem(String code, String source, int line, String field, String text, String suggestion) {}
