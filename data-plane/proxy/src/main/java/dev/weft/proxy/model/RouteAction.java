package dev.weft.proxy.model;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What is done with a matched request. */
public sealed interface RouteAction {
    /**
     * Sends the request on; made by a {@link #builder}.
     *
     * @param clusters one or more, chosen by weight; not all weights are 0; none where {@code clusterHeader} says
     * @param timeout for the whole exchange with all its tries, counted from the end of the request; zero for none
     * @param idleTimeout overrides the listener's stream idle timeout where present
     * @param upgrades protocols that may be switched to, for instance {@code websocket}
     * @param mirrors who gets copies of the requests
     * @param clusterHeader the field of the request that names the cluster
     * @param attempts who is told how many tries there were
     * @param refusedUpgrades protocols that may not be switched to, whatever the listener allows
     * @param endsConnect whether a CONNECT ends here, so that endpoints get the bytes of the tunnel and nothing else; it is asked of
     *     them otherwise
     * @param internalRedirect which redirects of endpoints are followed here; absent, all are the client's
     * @param maxStream overrides how long the listener lets a stream live, where present; zero for no limit
     */
    record Forward(
            List<WeightedCluster> clusters,
            Rewrite rewrite,
            List<HashKey> hashKeys,
            Duration timeout,
            Optional<Duration> idleTimeout,
            Optional<RetryPolicy> retry,
            List<String> upgrades,
            List<Mirror> mirrors,
            Optional<String> clusterHeader,
            AttemptCount attempts,
            List<String> refusedUpgrades,
            boolean endsConnect,
            Optional<InternalRedirect> internalRedirect,
            Optional<Duration> maxStream)
            implements RouteAction {
        public Forward {
            clusters = List.copyOf(clusters);
            hashKeys = List.copyOf(hashKeys);
            upgrades = List.copyOf(upgrades);
            mirrors = List.copyOf(mirrors);
            refusedUpgrades = List.copyOf(refusedUpgrades);
            Check.notNegative(timeout, "timeout");
            idleTimeout.ifPresent(limit -> Check.notNegative(limit, "idle_timeout"));
            maxStream.ifPresent(limit -> Check.notNegative(limit, "max_stream_duration"));
            if (clusterHeader.isEmpty() == clusters.isEmpty()) {
                throw new IllegalArgumentException(
                        (clusters.isEmpty() ? "cluster: none" : "cluster_header: beside other destinations")
                                + " (expected: cluster, weighted_clusters or cluster_header)");
            }
            if (!clusters.isEmpty() && clusters.stream().allMatch(c -> c.weight() == 0)) {
                throw new IllegalArgumentException("weighted_clusters: all weights are 0 (expected: a positive sum)");
            }
        }

        /** Begins with the defaults. */
        public static Builder builder() {
            return new Builder();
        }

        /** Begins with what is here. */
        public Builder toBuilder() {
            return new Builder(this);
        }

        /**
         * An action in the making; what each setting is, the record says. Nothing is rewritten, repeated or copied, and no protocol
         * is switched to, where nothing is said. Confined to the thread that builds.
         */
        public static final class Builder {
            private List<WeightedCluster> clusters = List.of();
            private Rewrite rewrite = Rewrite.NONE;
            private List<HashKey> hashKeys = List.of();
            private Duration timeout = Duration.ofSeconds(15);
            private Optional<Duration> idleTimeout = Optional.empty();
            private Optional<RetryPolicy> retry = Optional.empty();
            private List<String> upgrades = List.of();
            private List<Mirror> mirrors = List.of();
            private Optional<String> clusterHeader = Optional.empty();
            private AttemptCount attempts = AttemptCount.UNTOLD;
            private List<String> refusedUpgrades = List.of();
            private boolean endsConnect;
            private Optional<InternalRedirect> internalRedirect = Optional.empty();
            private Optional<Duration> maxStream = Optional.empty();

            private Builder() {}

            private Builder(Forward from) {
                clusters = from.clusters;
                rewrite = from.rewrite;
                hashKeys = from.hashKeys;
                timeout = from.timeout;
                idleTimeout = from.idleTimeout;
                retry = from.retry;
                upgrades = from.upgrades;
                mirrors = from.mirrors;
                clusterHeader = from.clusterHeader;
                attempts = from.attempts;
                refusedUpgrades = from.refusedUpgrades;
                endsConnect = from.endsConnect;
                internalRedirect = from.internalRedirect;
                maxStream = from.maxStream;
            }

            /** All to one cluster, with no changes of its own. */
            public Builder cluster(ClusterName name) {
                return clusters(List.of(new WeightedCluster(name, 1, HeaderRules.NONE)));
            }

            public Builder clusters(List<WeightedCluster> value) {
                clusters = value;
                return this;
            }

            public Builder rewrite(Rewrite value) {
                rewrite = value;
                return this;
            }

            public Builder hashKeys(List<HashKey> value) {
                hashKeys = value;
                return this;
            }

            public Builder timeout(Duration value) {
                timeout = value;
                return this;
            }

            public Builder idleTimeout(Duration value) {
                idleTimeout = Optional.of(value);
                return this;
            }

            public Builder retry(RetryPolicy value) {
                retry = Optional.of(value);
                return this;
            }

            public Builder upgrades(List<String> value) {
                upgrades = value;
                return this;
            }

            public Builder mirrors(List<Mirror> value) {
                mirrors = value;
                return this;
            }

            public Builder clusterHeader(String value) {
                clusterHeader = Optional.of(value);
                return this;
            }

            public Builder attempts(AttemptCount value) {
                attempts = value;
                return this;
            }

            public Builder refusedUpgrades(List<String> value) {
                refusedUpgrades = value;
                return this;
            }

            public Builder endsConnect(boolean value) {
                endsConnect = value;
                return this;
            }

            public Builder internalRedirect(InternalRedirect value) {
                internalRedirect = Optional.of(value);
                return this;
            }

            public Builder maxStream(Duration value) {
                maxStream = Optional.of(value);
                return this;
            }

            /**
             * @throws IllegalArgumentException where there is no destination, or a value is out of its range; the message names the
             *     field
             */
            public Forward build() {
                return new Forward(
                        clusters,
                        rewrite,
                        hashKeys,
                        timeout,
                        idleTimeout,
                        retry,
                        upgrades,
                        mirrors,
                        clusterHeader,
                        attempts,
                        refusedUpgrades,
                        endsConnect,
                        internalRedirect,
                        maxStream);
            }
        }
    }

    /**
     * Redirects of an endpoint that are followed in place of the client, with the same request. What is not followed, for any
     * reason, is the client's.
     *
     * @param most how many one request follows: the route that it then has says whether it follows another
     * @param statuses some of 301, 302, 303, 307 and 308
     * @param crossScheme whether one may lead from http to https, or back
     * @param copied fields of the redirect that take the place of the request's; those that it lacks are removed
     * @param allowed names of the routes that one may lead to; absent, to any
     * @param unvisited whether none may lead where one of the same route has led before
     * @param safeScheme whether none may lead from http to https, whatever {@code crossScheme} says
     */
    record InternalRedirect(
            int most,
            Set<Integer> statuses,
            boolean crossScheme,
            List<String> copied,
            Optional<Set<String>> allowed,
            boolean unvisited,
            boolean safeScheme) {
        public static final Set<Integer> STATUSES = Set.of(301, 302, 303, 307, 308);

        public InternalRedirect {
            Check.range(most, 0, Integer.MAX_VALUE, "max_internal_redirects");
            statuses = Set.copyOf(statuses);
            copied = List.copyOf(copied);
            allowed = allowed.map(Set::copyOf);
            if (!STATUSES.containsAll(statuses)) {
                throw new IllegalArgumentException(
                        "redirect_response_codes: " + statuses + " (expected: 301, 302, 303, 307 or 308)");
            }
        }
    }

    /** Who is told by {@code x-envoy-attempt-count}: the upstream which try it gets, the client how many there were. */
    record AttemptCount(boolean inRequest, boolean inResponse) {
        public static final AttemptCount UNTOLD = new AttemptCount(false, false);
    }

    /**
     * Copies of requests, whose responses nobody waits for.
     *
     * @param marked whether the copy's authority is given {@code -shadow}, so that its receiver can tell
     */
    record Mirror(ClusterName cluster, Share share, boolean marked) {}

    record WeightedCluster(ClusterName cluster, int weight, HeaderRules headers) {
        public WeightedCluster {
            Check.range(weight, 0, 1_000_000_000, "weight");
        }
    }

    /**
     * Answers with a redirect; what is absent stays as it was in the request.
     *
     * @param status 301, 302, 303, 307 or 308
     */
    record Redirect(
            Optional<String> scheme,
            Optional<String> host,
            Optional<Integer> port,
            Optional<String> path,
            Optional<String> prefix,
            Optional<RegexRewrite> regex,
            boolean stripQuery,
            int status)
            implements RouteAction {
        /** With the path as it is, replaced or given another prefix. */
        public Redirect(
                Optional<String> scheme,
                Optional<String> host,
                Optional<Integer> port,
                Optional<String> path,
                Optional<String> prefix,
                boolean stripQuery,
                int status) {
            this(scheme, host, port, path, prefix, Optional.empty(), stripQuery, status);
        }

        public Redirect {
            if (scheme.isPresent() && !scheme.get().matches("[A-Za-z][A-Za-z0-9+.-]*")) {
                throw new IllegalArgumentException("scheme_redirect: \"" + scheme.get() + "\" (expected: a scheme)");
            }
            host.ifPresent(other -> Check.authority(other, "host_redirect"));
            port.ifPresent(other -> Check.range(other, 1, 65535, "port_redirect"));
            // Without the slash they would go on with the host's name.
            path.ifPresent(other -> Check.path(other, "path_redirect"));
            prefix.ifPresent(other -> Check.path(other, "prefix_rewrite"));
            if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
                throw new IllegalArgumentException(
                        "redirect status: " + status + " (expected: 301, 302, 303, 307 or 308)");
            }
        }
    }

    /** Answers by itself. */
    record Respond(int status, String body, String contentType) implements RouteAction {
        public Respond {
            Check.range(status, 200, 599, "direct_response status");
        }
    }

    /**
     * What is changed of path and host on the way.
     *
     * @param prefix replaces the matched prefix (or the whole exact path)
     * @param regex replaces all matches in the path
     * @param host the new authority
     * @param appendForwardedHost whether the authority that a new one replaces is appended to {@code X-Forwarded-Host}, where it
     *     is not what stands there last
     * @param template the new path, where <code>{name}</code> stands for a variable of the {@link RouteMatch.PathMatch.Template} that
     *     the rule then has to have; no more than one of this, prefix and regex
     */
    record Rewrite(
            Optional<String> prefix,
            Optional<RegexRewrite> regex,
            Optional<HostRewrite> host,
            boolean appendForwardedHost,
            Optional<String> template) {
        public static final Rewrite NONE = new Rewrite(Optional.empty(), Optional.empty(), Optional.empty(), false);

        public Rewrite {
            if (template.isPresent() && (prefix.isPresent() || regex.isPresent())) {
                throw new IllegalArgumentException(
                        "path_rewrite_policy: beside prefix_rewrite or regex_rewrite (expected: one of them)");
            }
        }

        /** With the path as it is, given another prefix, or replaced by a regular expression. */
        public Rewrite(
                Optional<String> prefix,
                Optional<RegexRewrite> regex,
                Optional<HostRewrite> host,
                boolean appendForwardedHost) {
            this(prefix, regex, host, appendForwardedHost, Optional.empty());
        }

        /** With a host that is known beforehand, or as it was. */
        public Rewrite(Optional<String> prefix, Optional<RegexRewrite> regex, Optional<String> host) {
            this(prefix, regex, host.map(HostRewrite.Literal::new), false);
        }
    }

    /** Where a new authority comes from. */
    sealed interface HostRewrite {
        record Literal(String host) implements HostRewrite {
            public Literal {
                Check.authority(host, "host_rewrite_literal");
            }
        }

        /** The name of the endpoint that is tried; where it has none the authority stays. */
        record OfEndpoint() implements HostRewrite {}

        /** A field of the request; where it is absent or no authority, the authority stays. */
        record OfHeader(String name) implements HostRewrite {}

        /** What the replacement makes of the path; where that is no authority, the authority stays. */
        record OfPath(RegexRewrite replacement) implements HostRewrite {}
    }

    /** RE2 syntax; the substitution uses {@code \1} for groups. */
    record RegexRewrite(String pattern, String substitution) {}
}
