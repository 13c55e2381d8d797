package dev.weft.proxy.route;

import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.FilterConfig;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteRule;
import dev.weft.proxy.model.RouteTable.VirtualHost;
import java.util.HashMap;
import java.util.Map;

/** Immutable: one compiled rule. */
public final class Route {
    private final int index;
    private final String name;
    private final String host;
    private final PathTest path;
    private final Condition[] conditions;
    private final RouteDecision decision;
    private final HeaderOps headers;
    private final Map<String, FilterConfig> filters;
    private final boolean ownFilters;

    Route(int index, String name, RouteRule rule, VirtualHost host, HeaderRules tableHeaders) {
        HeaderRules hostHeaders = host.headers();
        this.index = index;
        this.name = name;
        this.host = host.name();
        this.filters = merged(host.filters(), rule.filters());
        this.ownFilters = !rule.filters().isEmpty();
        this.path = PathTest.compile(rule.match().path());
        this.conditions = Condition.compile(rule.match());
        this.headers = HeaderOps.compile(rule.headers(), hostHeaders, tableHeaders);
        this.decision = switch (rule.action()) {
            case RouteAction.Forward a -> new ForwardDecision(a, path, rule.headers(), hostHeaders, tableHeaders);
            case RouteAction.Redirect a -> new RedirectDecision(a);
            case RouteAction.Respond a -> new RespondDecision(a);
        };
    }

    /** For logs: the rule's name, or the virtual host's and the rule's number. */
    public String name() {
        return name;
    }

    /** Its place in {@link Routes#all}. */
    public int index() {
        return index;
    }

    /** The name of its virtual host. */
    public String host() {
        return host;
    }

    /** Other settings of the listener's filters, by their names: the host's and the rule's own, which win. */
    public Map<String, FilterConfig> filters() {
        return filters;
    }

    /** Whether some of {@link #filters} are the rule's own, so that it shares no state with its host's other rules. */
    public boolean hasOwnFilters() {
        return ownFilters;
    }

    public RouteDecision decision() {
        return decision;
    }

    /** Header rules where the proxy answers by itself; a {@link ForwardDecision.Target} has its own. */
    public HeaderOps headers() {
        return headers;
    }

    private static Map<String, FilterConfig> merged(Map<String, FilterConfig> host, Map<String, FilterConfig> rule) {
        if (host.isEmpty() || rule.isEmpty()) {
            return host.isEmpty() ? rule : host;
        }
        Map<String, FilterConfig> both = new HashMap<>(host);
        both.putAll(rule);
        return Map.copyOf(both);
    }

    boolean drawsLots() {
        for (Condition condition : conditions) {
            if (condition instanceof Condition.Lot) {
                return true;
            }
        }
        return false;
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
    boolean matches(String requestPath, int end, RequestHead head, int lot) {
        if (!path.test(requestPath, end)) {
            return false;
        }
        for (Condition condition : conditions) {
            if (!condition.holds(head, lot)) {
                return false;
            }
        }
        return true;
    }
}
