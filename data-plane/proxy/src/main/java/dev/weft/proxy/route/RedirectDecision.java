package dev.weft.proxy.route;

import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.RouteAction;
import org.jspecify.annotations.Nullable;

/** Immutable: the client is sent elsewhere. */
public final class RedirectDecision implements RouteDecision {
    private final RouteAction.Redirect action;
    private final @Nullable Substitution substitution;

    RedirectDecision(RouteAction.Redirect action) {
        this.action = action;
        this.substitution = action.regex()
                .map(r -> new Substitution(r.pattern(), r.substitution()))
                .orElse(null);
    }

    public int status() {
        return action.status();
    }

    /** The Location for a request that {@code route} matched: an absolute URI made of the request's parts and the changes. */
    public String location(Route route, RequestHead head) {
        String scheme = action.scheme().orElse(head.scheme());
        StringBuilder location = new StringBuilder(scheme).append("://");
        location.append(action.host().orElseGet(() -> hostOf(head, scheme)));
        if (action.port().isPresent()) {
            location.append(':').append(action.port().get());
        }
        String path = head.path();
        int end = Query.start(path);
        if (action.path().isPresent()) {
            location.append(action.path().get());
        } else if (action.prefix().isPresent()) {
            location.append(action.prefix().get())
                    .append(path, Math.min(route.path().matchedLength(end), end), end);
        } else if (substitution != null) {
            String replaced = substitution.replaceAll(path.substring(0, end));
            location.append(replaced.startsWith("/") ? "" : "/").append(replaced);
        } else {
            location.append(path, 0, end);
        }
        boolean pathBringsQuery =
                action.path().isPresent() && action.path().get().indexOf('?') >= 0;
        if (!action.stripQuery() && !pathBringsQuery) {
            location.append(path, end, path.length());
        }
        return location.toString();
    }

    /** Without its port where another one is asked for, or where it was the old scheme's own. */
    private String hostOf(RequestHead head, String scheme) {
        String authority = head.authority();
        int colon = Hosts.portColon(authority);
        if (colon < 0) {
            return authority;
        }
        String port = authority.substring(colon + 1);
        boolean ownPort = (head.scheme().equals("http") && port.equals("80"))
                || (head.scheme().equals("https") && port.equals("443"));
        boolean dropped = action.port().isPresent() || (ownPort && !scheme.equals(head.scheme()));
        return dropped ? authority.substring(0, colon) : authority;
    }
}
