package dev.weft.api.manifest;

import java.util.List;

/**
 * What was read of one or more files. Immutable.
 *
 * @param documents readable ones, in order
 * @param problems not empty: something could not be read, and nothing should be applied
 */
public record Manifests(List<Manifest> documents, List<ManifestProblem> problems) {
    public Manifests {
        documents = List.copyOf(documents);
        problems = List.copyOf(problems);
    }
}
