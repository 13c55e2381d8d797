package dev.weft.proxy.route;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.RetryPolicy;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteAction.AttemptCount;
import dev.weft.proxy.model.RouteAction.Mirror;
import dev.weft.proxy.model.RouteAction.WeightedCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Immutable: the request goes to a cluster. */
public final class ForwardDecision implements RouteDecision {
    private static final long NO_OVERRIDE = -1;

    private final List<Target> targets;
    private final long totalWeight;
    private final @Nullable String prefix;
    private final @Nullable Substitution substitution;
    private final PathTemplate.@Nullable Rewriting template;
    private final @Nullable HostRewriting host;
    private final @Nullable HeaderName clusterHeader;
    private final HeaderOps headers;
    private final HashKeys hashKeys;
    private final long timeoutNanos;
    private final long idleTimeoutNanos;
    private final @Nullable RetryPolicy retry;
    private final @Nullable RetryRules retryRules;
    private final List<String> upgrades;
    private final List<Mirror> mirrors;
    private final AttemptCount attempts;
    private final boolean endsConnect;
    private final @Nullable InternalRedirects internalRedirects;
    private final @Nullable Duration maxStream;

    /**
     * One cluster of a weighted split.
     *
     * @param upTo the sum of the weights so far, this one's included
     * @param headers the cluster's own rules and those of all levels above it
     */
    public record Target(ClusterName cluster, long upTo, HeaderOps headers) {}

    /**
     * @param path what the rule matches
     * @param outer the header rules of rule, virtual host and table, in this order
     */
    ForwardDecision(RouteAction.Forward action, PathTest path, HeaderRules... outer) {
        List<Target> weighted = new ArrayList<>();
        long sum = 0;
        for (WeightedCluster cluster : action.clusters()) {
            sum += cluster.weight();
            HeaderRules[] levels = new HeaderRules[outer.length + 1];
            levels[0] = cluster.headers();
            System.arraycopy(outer, 0, levels, 1, outer.length);
            weighted.add(new Target(cluster.cluster(), sum, HeaderOps.compile(levels)));
        }
        this.targets = List.copyOf(weighted);
        this.totalWeight = sum;
        this.prefix = action.rewrite().prefix().orElse(null);
        this.substitution = action.rewrite()
                .regex()
                .map(r -> new Substitution(r.pattern(), r.substitution()))
                .orElse(null);
        this.template = action.rewrite().template().map(t -> rewriting(path, t)).orElse(null);
        this.host = HostRewriting.compile(action.rewrite());
        this.clusterHeader = action.clusterHeader().map(HeaderName::of).orElse(null);
        this.headers = clusterHeader == null ? HeaderOps.NONE : HeaderOps.compile(outer);
        this.hashKeys = new HashKeys(action.hashKeys());
        this.timeoutNanos = action.timeout().toNanos();
        this.idleTimeoutNanos = action.idleTimeout().map(d -> d.toNanos()).orElse(NO_OVERRIDE);
        this.retry = action.retry().orElse(null);
        this.retryRules = retry == null ? null : RetryRules.compile(retry);
        this.upgrades = action.upgrades();
        this.mirrors = action.mirrors();
        this.attempts = action.attempts();
        this.endsConnect = action.endsConnect();
        this.internalRedirects =
                action.internalRedirect().map(InternalRedirects::new).orElse(null);
        this.maxStream = action.maxStream().orElse(null);
    }

    private static PathTemplate.Rewriting rewriting(PathTest path, String rewrite) {
        if (!(path instanceof PathTest.Template matched)) {
            throw new IllegalArgumentException(
                    "path_rewrite_policy: the path is not matched by a template (expected: path_match_policy)");
        }
        return matched.template().new Rewriting(rewrite);
    }

    public List<Target> targets() {
        return targets;
    }

    /** A cluster by weight, or by the header that names it; null where that is missing. */
    public @Nullable Target target(RequestHead head, RandomGenerator random) {
        if (clusterHeader != null) {
            String name = head.headers().get(clusterHeader);
            return name == null || name.isEmpty() ? null : new Target(new ClusterName(name), 1, headers);
        }
        if (targets.size() == 1) {
            return targets.get(0);
        }
        long point = random.nextLong(totalWeight);
        for (int i = 0; i < targets.size() - 1; i++) {
            if (point < targets.get(i).upTo()) {
                return targets.get(i);
            }
        }
        return targets.get(targets.size() - 1);
    }

    /** Changes path and authority as the route says. */
    public void rewrite(Route route, RequestHead head) {
        if (host != null) {
            host.byRoute(head);
        }
        String path = head.path();
        if ((prefix == null && substitution == null && template == null) || !path.startsWith("/")) {
            return;
        }
        int end = Query.start(path);
        String query = path.substring(end);
        if (template != null) {
            String made = template.of(path.substring(0, end));
            head.path(made == null ? path : made + query);
            return;
        }
        String rewritten = substitution == null
                ? withPrefix(
                        prefix == null ? "" : prefix,
                        path,
                        Math.min(route.path().matchedLength(end), end),
                        end)
                : substitution.replaceAll(path.substring(0, end));
        head.path(rewritten.startsWith("/") ? rewritten + query : "/" + rewritten + query);
    }

    /** Changes the authority where a header says which; after {@link #rewrite} and header rules. */
    public void rewriteHostByHeader(RequestHead head) {
        if (host != null) {
            host.byHeader(head);
        }
    }

    /** Whether the authority is to be had of a header, so that what it becomes is not said by the rest of the request. */
    public boolean rewritesHostByHeader() {
        return host != null && host.isByHeader();
    }

    /** Whether each try has the authority of its endpoint. */
    public boolean rewritesHostByEndpoint() {
        return host != null && host.isByEndpoint();
    }

    /**
     * @param hostname of the endpoint, where it has one
     * @param first whether this is the first try
     */
    public void rewriteHostByEndpoint(RequestHead head, @Nullable String hostname, boolean first) {
        if (host != null) {
            host.byEndpoint(head, hostname, first);
        }
    }

    /** An ending slash of the new prefix is not doubled by one that follows the old. */
    private static String withPrefix(String prefix, String path, int matched, int end) {
        boolean doubled = prefix.endsWith("/") && matched < end && path.charAt(matched) == '/';
        return prefix + path.substring(doubled ? matched + 1 : matched, end);
    }

    public HashKeys hashKeys() {
        return hashKeys;
    }

    /** For the whole exchange with all its tries; 0 for none. */
    public long timeoutNanos() {
        return timeoutNanos;
    }

    /** The stream idle timeout: the route's own, or the listener's. */
    public long idleTimeoutNanos(long listenerIdleTimeoutNanos) {
        return idleTimeoutNanos == NO_OVERRIDE ? listenerIdleTimeoutNanos : idleTimeoutNanos;
    }

    /** How long a stream may live, where that is not for the listener to say; zero for no limit. */
    public @Nullable Duration maxStream() {
        return maxStream;
    }

    public @Nullable RetryPolicy retry() {
        return retry;
    }

    /** What fields have to do with {@link #retry}; null for nothing. */
    public @Nullable RetryRules retryRules() {
        return retryRules;
    }

    /** Which redirects of endpoints are followed here; null for none. */
    public @Nullable InternalRedirects internalRedirects() {
        return internalRedirects;
    }

    /** Who is told how many tries there were. */
    public AttemptCount attempts() {
        return attempts;
    }

    /** Who gets copies. */
    public List<Mirror> mirrors() {
        return mirrors;
    }

    /** Whether the bytes of a CONNECT go on without it. */
    public boolean endsConnect() {
        return endsConnect;
    }

    public boolean allowsUpgradeTo(String protocol) {
        for (int i = 0; i < upgrades.size(); i++) {
            if (upgrades.get(i).equalsIgnoreCase(protocol)) {
                return true;
            }
        }
        return false;
    }
}
