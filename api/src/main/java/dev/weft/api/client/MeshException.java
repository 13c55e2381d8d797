package dev.weft.api.client;

import dev.weft.v1.Conflict;
import dev.weft.v1.Problem;
import java.util.List;

/** Why the control plane did not do what was asked. Expected failures, so they carry no stack trace. */
public abstract sealed class MeshException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private MeshException(String message) {
        super(message, null, false, false);
    }

    /** The request was wrong; nothing was stored. */
    public static final class Invalid extends MeshException {
        private static final long serialVersionUID = 1L;

        private final transient List<Problem> problems;

        Invalid(String message, List<Problem> problems) {
            super(message);
            this.problems = List.copyOf(problems);
        }

        /** Empty where it was not a resource that was wrong. */
        public List<Problem> problems() {
            return problems;
        }
    }

    /** Somebody else was faster. */
    public static final class Conflicting extends MeshException {
        private static final long serialVersionUID = 1L;

        private final transient Conflict conflict;

        Conflicting(String message, Conflict conflict) {
            super(message);
            this.conflict = conflict;
        }

        public Conflict conflict() {
            return conflict;
        }
    }

    /** What was asked for does not exist. */
    public static final class NotFound extends MeshException {
        private static final long serialVersionUID = 1L;

        NotFound(String message) {
            super(message);
        }
    }

    /** It, or its store, cannot be reached. */
    public static final class Unavailable extends MeshException {
        private static final long serialVersionUID = 1L;

        Unavailable(String message) {
            super(message);
        }
    }

    /** The caller may not do this. */
    public static final class Denied extends MeshException {
        private static final long serialVersionUID = 1L;

        Denied(String message) {
            super(message);
        }
    }

    /** Anything else. */
    public static final class Failed extends MeshException {
        private static final long serialVersionUID = 1L;

        Failed(String message) {
            super(message);
        }
    }
}
