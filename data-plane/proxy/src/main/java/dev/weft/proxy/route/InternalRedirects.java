package dev.weft.proxy.route;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.model.RouteAction.InternalRedirect;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Immutable: which redirects of its endpoints a route follows by itself; see {@link InternalRedirect}. */
public final class InternalRedirects {
    private final InternalRedirect rules;
    private final List<HeaderName> copied;
    private final @Nullable Set<String> allowed;

    /**
     * @throws IllegalArgumentException where a field's name is none
     */
    InternalRedirects(InternalRedirect rules) {
        this.rules = rules;
        this.copied = rules.copied().stream().map(HeaderName::of).toList();
        this.allowed = rules.allowed().orElse(null);
    }

    /** Whether a response of that status is followed to a request that has followed so many. */
    public boolean follow(int status, int followed) {
        return followed < rules.most() && rules.statuses().contains(status);
    }

    public boolean allowScheme(boolean fromHttps, boolean toHttps) {
        return fromHttps == toHttps || (rules.crossScheme() && (fromHttps || !rules.safeScheme()));
    }

    /**
     * @param visited where redirects of this route have led; the route is added to it
     */
    public boolean allow(Route target, Set<String> visited) {
        boolean listed = allowed == null || allowed.contains(target.name());
        return listed && (visited.add(target.name()) || !rules.unvisited());
    }

    /** Has fields of the redirect take the place of the request's. */
    public void copy(Headers redirect, Headers request) {
        for (HeaderName name : copied) {
            request.remove(name);
            for (int i = redirect.indexOf(name, 0); i >= 0; i = redirect.indexOf(name, i + 1)) {
                request.add(name, redirect.valueAt(i));
            }
        }
    }
}
