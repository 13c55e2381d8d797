package dev.weft.cli;

import dev.weft.api.client.MeshException;
import dev.weft.api.manifest.Manifest;
import dev.weft.api.manifest.ManifestProblem;
import dev.weft.api.validation.Validation.Kinds;
import dev.weft.v1.Problem;
import java.io.PrintWriter;
import java.util.List;

/** Problems as people read them: what, where, and the likely meant word. Pure. */
final class Problems {
    private Problems() {}

    /** Puts a problem of the server, or of validation, where it stands in the files. */
    static ManifestProblem located(Problem problem, List<Manifest> documents) {
        String what = problem.getRef().getName().isEmpty()
                ? problem.getText()
                : Kinds.name(problem.getRef().getKind()) + " \""
                        + problem.getRef().getName() + "\": " + problem.getText();
        int index = problem.getResourceIndex();
        if (index < 0 || index >= documents.size()) {
            return new ManifestProblem(problem.getCode(), "", 0, problem.getField(), what, problem.getSuggestion());
        }
        Manifest document = documents.get(index);
        return new ManifestProblem(
                problem.getCode(),
                document.source(),
                document.lineOf(problem.getField()),
                problem.getField(),
                what,
                problem.getSuggestion());
    }

    static void print(PrintWriter err, String severity, ManifestProblem problem) {
        err.println(severity + "[" + problem.code() + "]: " + problem.text());
        String where = problem.source().isEmpty()
                ? ""
                : problem.line() == 0 ? problem.source() : problem.source() + ":" + problem.line();
        if (!where.isEmpty() || !problem.field().isEmpty()) {
            err.println("  at " + (where + "  " + problem.field()).strip());
        }
        if (!problem.suggestion().isEmpty()) {
            err.println("  did you mean: " + problem.suggestion());
        }
    }

    static void print(PrintWriter err, MeshException.Invalid failure, List<Manifest> documents) {
        if (failure.problems().isEmpty()) {
            err.println("error: " + failure.getMessage());
        }
        failure.problems().forEach(problem -> print(err, "error", located(problem, documents)));
    }
}
