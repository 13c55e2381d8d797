package dev.weft.cli;

/** What the process ends with; scripts rely on these. */
final class ExitCode {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int DIFFERENCES = 1;
    /** Of {@code diff}, where 1 means something else. */
    static final int DIFF_FAILED = 2;

    static final int USAGE = 64;
    static final int INVALID_INPUT = 65;
    static final int UNAVAILABLE = 69;
    static final int CONFLICT = 75;
    static final int DENIED = 77;
    static final int TIMED_OUT = 124;

    private ExitCode() {}
}
