package dev.weft.proxy.filter;

import java.lang.reflect.Method;

/** The methods of {@link Filter}, so that a chain can be compiled from those that are overridden. */
enum Phase {
    FOR_REQUEST("forRequest"),
    REQUEST_HEAD("requestHead"),
    REQUEST_BODY("requestBody"),
    REQUEST_TRAILERS("requestTrailers"),
    CHOOSE_UPSTREAM("chooseUpstream"),
    BEFORE_ATTEMPT("beforeAttempt"),
    RESPONSE_HEAD("responseHead"),
    RESPONSE_BODY("responseBody"),
    RESPONSE_TRAILERS("responseTrailers"),
    LOCAL_RESPONSE("localResponse"),
    FAILURE("failure"),
    END("end");

    private final String method;

    Phase(String method) {
        this.method = method;
    }

    boolean isReverse() {
        return this == RESPONSE_HEAD || this == RESPONSE_BODY || this == RESPONSE_TRAILERS || this == LOCAL_RESPONSE;
    }

    /** Whether {@code filter} does something in this phase. One that makes instances may make any class, so it counts for all. */
    boolean isUsedBy(Filter filter) {
        return overrides(filter, method) || (this != FOR_REQUEST && overrides(filter, FOR_REQUEST.method));
    }

    private static boolean overrides(Filter filter, String method) {
        for (Method candidate : filter.getClass().getMethods()) {
            if (candidate.getName().equals(method)
                    && !candidate.isBridge()
                    && !candidate.getDeclaringClass().equals(Filter.class)) {
                return true;
            }
        }
        return false;
    }
}
