package dev.weft.proxy.filter;

import java.lang.reflect.Method;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;

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

    /** Those in which {@code filter} does something. One that makes instances may make any class, so it counts for all. */
    static Set<Phase> usedBy(Filter filter) {
        Set<String> overridden = overridden(filter);
        if (overridden.contains(FOR_REQUEST.method)) {
            return EnumSet.allOf(Phase.class);
        }
        Set<Phase> used = EnumSet.noneOf(Phase.class);
        for (Phase phase : values()) {
            if (overridden.contains(phase.method)) {
                used.add(phase);
            }
        }
        return used;
    }

    private static Set<String> overridden(Filter filter) {
        Set<String> names = new HashSet<>();
        for (Method method : filter.getClass().getMethods()) {
            if (!method.isBridge() && !method.getDeclaringClass().equals(Filter.class)) {
                names.add(method.getName());
            }
        }
        return names;
    }
}
