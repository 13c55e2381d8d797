package dev.weft.cli;

import dev.weft.api.manifest.ManifestProblem;
import java.io.PrintWriter;
import java.util.List;

/** What the user gave cannot be used; exit code 65. */
final class InvalidInput extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<ManifestProblem> problems;

    InvalidInput(String message) {
        super(message, null, false, false);
        this.problems = List.of();
    }

    InvalidInput(List<ManifestProblem> problems) {
        super(problems.size() + " problem(s)", null, false, false);
        this.problems = List.copyOf(problems);
    }

    void print(PrintWriter err) {
        if (problems.isEmpty()) {
            err.println("error: " + getMessage());
        }
        problems.forEach(problem -> Problems.print(err, "error", problem));
    }
}
