package dev.weft.sidecar.bootstrap;

import java.util.List;

/** A bootstrap that cannot be used, with all that is wrong with it. */
public final class BadBootstrap extends Exception {
    private final transient List<String> problems;

    public BadBootstrap(List<String> problems) {
        super(String.join("\n", problems), null, false, false);
        this.problems = List.copyOf(problems);
    }

    public List<String> problems() {
        return problems;
    }
}
