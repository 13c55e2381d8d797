package dev.weft.proxy.route;

import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteMatch.NamedMatch;
import java.util.List;

/** Immutable: conditions on the header fields of a request, for filters that apply to some requests only. */
public final class RequestMatcher {
    /** Fields have no share. */
    private static final int NO_LOT = 0;

    private final Condition[] conditions;

    /**
     * @throws IllegalArgumentException where one cannot be compiled
     */
    public RequestMatcher(List<NamedMatch> headers) {
        this.conditions = Condition.compile(new RouteMatch(RouteMatch.ANY.path(), headers, List.of(), false));
    }

    /** Whether all hold. */
    public boolean matches(RequestHead head) {
        for (Condition condition : conditions) {
            if (!condition.holds(head, NO_LOT)) {
                return false;
            }
        }
        return true;
    }
}
