package dev.weft.controlplane.store;

/** Why the store did not do what was asked. Expected failures, so they carry no stack trace. */
public abstract sealed class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private StoreException(String message) {
        super(message, null, false, false);
    }

    /** It cannot be reached or does not answer in time; the message says what was tried and for how long. */
    public static final class Unavailable extends StoreException {
        private static final long serialVersionUID = 1L;

        public Unavailable(String message) {
            super(message);
        }
    }

    /** The revision asked for is gone. */
    public static final class Compacted extends StoreException {
        private static final long serialVersionUID = 1L;

        private final long oldest;

        public Compacted(long revision, long oldest) {
            super("revision " + revision + " is compacted (oldest kept: " + oldest + ")");
            this.oldest = oldest;
        }

        public long oldest() {
            return oldest;
        }
    }

    /** The revision asked for is not there yet. */
    public static final class FutureRevision extends StoreException {
        private static final long serialVersionUID = 1L;

        public FutureRevision(long revision, long present) {
            super("revision " + revision + " is in the future (present: " + present + ")");
        }
    }

    /** The lease named by a put does not exist: it has run out, or was revoked. */
    public static final class LeaseLost extends StoreException {
        private static final long serialVersionUID = 1L;

        public LeaseLost(long lease) {
            super("lease " + Long.toHexString(lease) + " does not exist (any more)");
        }
    }

    /** The transaction exceeds a limit of the store; the message names the limit and what was asked. Nothing was written. */
    public static final class TooLarge extends StoreException {
        private static final long serialVersionUID = 1L;

        public TooLarge(String message) {
            super(message);
        }
    }

    /** It cannot be opened at all: in use by another process, damaged, no permission. The message names the place. */
    public static final class OpenFailed extends StoreException {
        private static final long serialVersionUID = 1L;

        public OpenFailed(String message) {
            super(message);
        }
    }

    /** It refuses writes: disk full, quota exceeded, database damaged. */
    public static final class WriteFailed extends StoreException {
        private static final long serialVersionUID = 1L;

        public WriteFailed(String message) {
            super(message);
        }
    }
}
