package dev.weft.controlplane.store.etcd;

import io.etcd.jetcd.common.exception.EtcdException;
import io.grpc.Status;
import java.util.Locale;
import java.util.concurrent.TimeoutException;

/** An attempt that etcd did not answer, or answered with an error. Expected, so it carries no stack trace. */
final class CallFailure extends Exception {
    private static final long serialVersionUID = 1L;

    /** What an attempt's failure means for what is tried next. */
    enum Meaning {
        /** It may have been done, or still be done: only asking again tells. */
        UNCLEAR,
        /** It was not done and may be tried again. */
        NOT_DONE,
        LEASE_LOST,
        TOO_MANY_OPERATIONS,
        TOO_LARGE,
        NO_SPACE,
        COMPACTED,
        FUTURE,
        /** Not done, and trying again would not help: not permitted, not understood. */
        REFUSED
    }

    private final Meaning meaning;

    private CallFailure(Meaning meaning, String text) {
        super(text, null, false, false);
        this.meaning = meaning;
    }

    static CallFailure of(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof EtcdException etcd) {
                String text = String.valueOf(etcd.getMessage());
                return of(Status.Code.valueOf(etcd.getErrorCode().name()), text);
            }
            if (t instanceof TimeoutException) {
                return new CallFailure(Meaning.UNCLEAR, "no answer in time");
            }
        }
        Status status = Status.fromThrowable(failure);
        return of(status.getCode(), text(status));
    }

    Meaning meaning() {
        return meaning;
    }

    String text() {
        return String.valueOf(getMessage());
    }

    private static CallFailure of(Status.Code code, String text) {
        return new CallFailure(meaning(code, text.toLowerCase(Locale.ROOT)), code + ": " + text);
    }

    /** By etcd's own error texts, since several errors share a code. */
    private static Meaning meaning(Status.Code code, String text) {
        if (text.contains("requested lease not found")) {
            return Meaning.LEASE_LOST;
        }
        if (text.contains("too many operations in txn")) {
            return Meaning.TOO_MANY_OPERATIONS;
        }
        if (text.contains("request is too large") || text.contains("message larger than max")) {
            return Meaning.TOO_LARGE;
        }
        if (text.contains("database space exceeded")) {
            return Meaning.NO_SPACE;
        }
        if (text.contains("has been compacted")) {
            return Meaning.COMPACTED;
        }
        if (text.contains("future revision")) {
            return Meaning.FUTURE;
        }
        if (text.contains("invalid auth token")
                || text.contains("auth store is old")
                || text.contains("too many requests")) {
            return Meaning.NOT_DONE;
        }
        return switch (code) {
            case UNAUTHENTICATED,
                    PERMISSION_DENIED,
                    INVALID_ARGUMENT,
                    NOT_FOUND,
                    FAILED_PRECONDITION,
                    UNIMPLEMENTED,
                    OUT_OF_RANGE,
                    ALREADY_EXISTS -> Meaning.REFUSED;
            case OK,
                    CANCELLED,
                    UNKNOWN,
                    DEADLINE_EXCEEDED,
                    RESOURCE_EXHAUSTED,
                    ABORTED,
                    INTERNAL,
                    UNAVAILABLE,
                    DATA_LOSS -> Meaning.UNCLEAR;
        };
    }

    private static String text(Status status) {
        StringBuilder text = new StringBuilder(String.valueOf(status.getDescription()));
        Throwable cause = status.getCause();
        for (int depth = 0; cause != null && depth < 4; depth++) {
            text.append(": ").append(cause.getMessage());
            cause = cause.getCause();
        }
        return text.toString();
    }
}
