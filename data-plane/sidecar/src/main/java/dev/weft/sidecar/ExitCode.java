package dev.weft.sidecar;

/** What the process ends with, unless it ended on purpose, which is 0; scripts rely on these. */
final class ExitCode {
    /** It could not start, or go on. */
    static final int FAILED = 1;

    static final int USAGE = 64;
    static final int BAD_CONFIG = 65;

    private ExitCode() {}
}
