package dev.weft.proxy.route;

import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteRule;

/** Immutable: one compiled rule. */
public final class Route {
    private final String name;
    private final PathTest path;
    private final Condition[] conditions;
    private final RouteDecision decision;
    private final HeaderOps headers;

    Route(String name, RouteRule rule, HeaderRules hostHeaders, HeaderRules tableHeaders) {
        this.name = name;
        this.path = PathTest.compile(rule.match().path());
        this.conditions = Condition.compile(rule.match());
        this.headers = HeaderOps.compile(rule.headers(), hostHeaders, tableHeaders);
        this.decision = switch (rule.action()) {
            case RouteAction.Forward a -> new ForwardDecision(a, rule.headers(), hostHeaders, tableHeaders);
            case RouteAction.Redirect a -> new RedirectDecision(a);
            case RouteAction.Respond a -> new RespondDecision(a);
        };
    }

    /** For logs: the rule's name, or the virtual host's and the rule's number. */
    public String name() {
        return name;
    }

    public RouteDecision decision() {
        return decision;
    }

    /** Header rules where the proxy answers by itself; a {@link ForwardDecision.Target} has its own. */
    public HeaderOps headers() {
        return headers;
    }

    boolean changesHeaders() {
        return !headers.equals(HeaderOps.NONE)
                || (decision instanceof ForwardDecision forward
                        && forward.targets().stream()
                                .anyMatch(target -> !target.headers().equals(HeaderOps.NONE)));
    }

    PathTest path() {
        return path;
    }

    /** Whether a request matches whose path is known to begin with (or be) the key of {@link #path}. */
    boolean matches(String requestPath, int end, RequestHead head) {
        if (!path.test(requestPath, end)) {
            return false;
        }
        for (Condition condition : conditions) {
            if (!condition.holds(head)) {
                return false;
            }
        }
        return true;
    }
}
