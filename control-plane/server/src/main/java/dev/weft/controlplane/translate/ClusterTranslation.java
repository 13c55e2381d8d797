package dev.weft.controlplane.translate;

import com.github.xds.type.v3.TypedStruct;
import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.util.Durations;
import dev.weft.v1.Balancing;
import dev.weft.v1.Cluster;
import dev.weft.v1.HealthCheck;
import dev.weft.v1.OutlierDetection;
import dev.weft.v1.Protocol;
import dev.weft.xds.ClientKind;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.CommonLbConfig;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.DiscoveryType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.EdsClusterConfig;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.LbPolicy;
import io.envoyproxy.envoy.config.cluster.v3.LoadBalancingPolicy;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest;
import io.envoyproxy.envoy.extensions.load_balancing_policies.random.v3.Random;
import io.envoyproxy.envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash;
import io.envoyproxy.envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.type.v3.Int64Range;
import io.envoyproxy.envoy.type.v3.Percent;

/**
 * A Cluster as CDS.
 *
 * <p>Endpoints always come by EDS, also fixed ones, because gRPC clients refuse STATIC clusters and because a change of endpoints
 * then leaves the cluster alone. The balancing policy is a list of which a client takes the first it knows (gRFC A52).
 */
final class ClusterTranslation {
    /** What the data plane's Ketama is called in a policy list; others pass it over. */
    static final String KETAMA_TYPE = "type.googleapis.com/weft.lb.v1.Ketama";

    private static final String HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    private static final int MIN_RETRIES = 3;

    private final ClientKind kind;

    ClusterTranslation(ClientKind kind) {
        this.kind = kind;
    }

    /**
     * @param retryBudgetPercent share of the requests in progress that may be retries, the largest that a route to it names
     */
    io.envoyproxy.envoy.config.cluster.v3.Cluster translate(String name, Cluster cluster, double retryBudgetPercent) {
        var xds = io.envoyproxy.envoy.config.cluster.v3.Cluster.newBuilder().setName(name);
        discovery(xds, name, cluster);
        xds.setConnectTimeout(cluster.hasConnectTimeout() ? cluster.getConnectTimeout() : Durations.fromSeconds(5));
        balancing(xds, cluster.getBalancing());
        protocol(xds, cluster.getProtocol());
        if (cluster.hasPanicThreshold()) {
            xds.setCommonLbConfig(CommonLbConfig.newBuilder()
                    .setHealthyPanicThreshold(io.envoyproxy.envoy.type.v3.Percent.newBuilder()
                            .setValue(cluster.getPanicThreshold().getValue())));
        }
        cluster.getHealthChecksList()
                .forEach(check -> xds.addHealthChecks(healthCheck(check, name, cluster.getProtocol())));
        if (!cluster.getOutlierDetection().getDisabled()) {
            xds.setOutlierDetection(outlierDetection(cluster.getOutlierDetection()));
        }
        xds.setCircuitBreakers(limits(cluster, retryBudgetPercent));
        return xds.build();
    }

    @SuppressWarnings("deprecation") // dns_refresh_rate: what replaces it is an extension that gRPC clients do not know
    private void discovery(io.envoyproxy.envoy.config.cluster.v3.Cluster.Builder xds, String name, Cluster cluster) {
        if (!cluster.hasDns()) {
            xds.setType(DiscoveryType.EDS)
                    .setEdsClusterConfig(EdsClusterConfig.newBuilder().setEdsConfig(Xds.fromAds()));
            return;
        }
        // gRPC knows names only as LOGICAL_DNS (gRFC A37).
        xds.setType(kind == ClientKind.GRPC ? DiscoveryType.LOGICAL_DNS : DiscoveryType.STRICT_DNS)
                .setDnsRefreshRate(
                        cluster.getDns().hasRefresh() ? cluster.getDns().getRefresh() : Durations.fromSeconds(5))
                .setLoadAssignment(ClusterLoadAssignment.newBuilder()
                        .setClusterName(name)
                        .addEndpoints(LocalityLbEndpoints.newBuilder()
                                .addLbEndpoints(LbEndpoint.newBuilder()
                                        .setEndpoint(Endpoint.newBuilder()
                                                .setAddress(Xds.address(
                                                        cluster.getDns().getHost(),
                                                        cluster.getDns().getPort()))))));
    }

    private static void balancing(io.envoyproxy.envoy.config.cluster.v3.Cluster.Builder xds, Balancing balancing) {
        switch (balancing.getPolicyCase()) {
            case ROUND_ROBIN, POLICY_NOT_SET ->
                xds.setLbPolicy(LbPolicy.ROUND_ROBIN).setLoadBalancingPolicy(policies(roundRobin()));
            case LEAST_REQUEST -> {
                LeastRequest.Builder leastRequest = LeastRequest.newBuilder();
                if (balancing.getLeastRequest().hasChoices()) {
                    leastRequest.setChoiceCount(balancing.getLeastRequest().getChoices());
                }
                xds.setLbPolicy(LbPolicy.LEAST_REQUEST)
                        .setLoadBalancingPolicy(policies(
                                policy("envoy.load_balancing_policies.least_request", leastRequest.build()),
                                roundRobin()));
            }
            case RANDOM ->
                xds.setLbPolicy(LbPolicy.RANDOM)
                        .setLoadBalancingPolicy(policies(
                                policy("envoy.load_balancing_policies.random", Random.getDefaultInstance()),
                                roundRobin()));
            case KETAMA ->
                xds.setLbPolicy(LbPolicy.RING_HASH)
                        .setLoadBalancingPolicy(policies(
                                policy(
                                        "dev.weft.ketama",
                                        TypedStruct.newBuilder()
                                                .setTypeUrl(KETAMA_TYPE)
                                                .build()),
                                policy(
                                        "envoy.load_balancing_policies.ring_hash",
                                        RingHash.newBuilder()
                                                .setHashFunction(RingHash.HashFunction.XX_HASH)
                                                .build())));
        }
    }

    private static LoadBalancingPolicy.Policy roundRobin() {
        return policy("envoy.load_balancing_policies.round_robin", RoundRobin.getDefaultInstance());
    }

    private static LoadBalancingPolicy policies(LoadBalancingPolicy.Policy... policies) {
        LoadBalancingPolicy.Builder list = LoadBalancingPolicy.newBuilder();
        for (LoadBalancingPolicy.Policy policy : policies) {
            list.addPolicies(policy);
        }
        return list.build();
    }

    private static LoadBalancingPolicy.Policy policy(String name, Message config) {
        return LoadBalancingPolicy.Policy.newBuilder()
                .setTypedExtensionConfig(
                        TypedExtensionConfig.newBuilder().setName(name).setTypedConfig(Any.pack(config)))
                .build();
    }

    private void protocol(io.envoyproxy.envoy.config.cluster.v3.Cluster.Builder xds, Protocol protocol) {
        HttpProtocolOptions.Builder options = HttpProtocolOptions.newBuilder();
        switch (protocol) {
            case PROTOCOL_UNSPECIFIED, AUTO, UNRECOGNIZED ->
                options.setUseDownstreamProtocolConfig(HttpProtocolOptions.UseDownstreamHttpConfig.newBuilder()
                        .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance())
                        .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance()));
            case HTTP1 ->
                options.setExplicitHttpConfig(HttpProtocolOptions.ExplicitHttpConfig.newBuilder()
                        .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance()));
            case HTTP2 ->
                options.setExplicitHttpConfig(HttpProtocolOptions.ExplicitHttpConfig.newBuilder()
                        .setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance()));
            case TCP -> {
                return;
            }
        }
        if (kind != ClientKind.GRPC) {
            xds.putTypedExtensionProtocolOptions(HTTP_OPTIONS, Any.pack(options.build()));
        }
    }

    private static io.envoyproxy.envoy.config.core.v3.HealthCheck healthCheck(
            HealthCheck check, String cluster, Protocol protocol) {
        var xds = io.envoyproxy.envoy.config.core.v3.HealthCheck.newBuilder()
                .setInterval(orElse(check.hasInterval(), check.getInterval(), 5000))
                .setTimeout(orElse(check.hasTimeout(), check.getTimeout(), 1000))
                .setUnhealthyThreshold(orElse(check.hasUnhealthyThreshold(), check.getUnhealthyThreshold(), 3))
                .setHealthyThreshold(orElse(check.hasHealthyThreshold(), check.getHealthyThreshold(), 1));
        if (check.hasTcp()) {
            return xds.setTcpHealthCheck(
                            io.envoyproxy.envoy.config.core.v3.HealthCheck.TcpHealthCheck.getDefaultInstance())
                    .build();
        }
        var http = io.envoyproxy.envoy.config.core.v3.HealthCheck.HttpHealthCheck.newBuilder()
                .setPath(check.getHttp().getPath())
                .setHost(
                        check.getHttp().getHost().isEmpty()
                                ? cluster
                                : check.getHttp().getHost());
        if (protocol == Protocol.HTTP2) {
            http.setCodecClientType(io.envoyproxy.envoy.type.v3.CodecClientType.HTTP2);
        }
        check.getHttp()
                .getStatusesList()
                .forEach(status -> http.addExpectedStatuses(
                        Int64Range.newBuilder().setStart(status).setEnd(status + 1)));
        return xds.setHttpHealthCheck(http).build();
    }

    private static io.envoyproxy.envoy.config.cluster.v3.OutlierDetection outlierDetection(OutlierDetection outlier) {
        return io.envoyproxy.envoy.config.cluster.v3.OutlierDetection.newBuilder()
                .setConsecutive5Xx(orElse(outlier.hasConsecutiveFailures(), outlier.getConsecutiveFailures(), 5))
                .setInterval(orElse(outlier.hasInterval(), outlier.getInterval(), 10_000))
                .setBaseEjectionTime(orElse(outlier.hasBaseEjectionTime(), outlier.getBaseEjectionTime(), 30_000))
                .setMaxEjectionTime(orElse(outlier.hasMaxEjectionTime(), outlier.getMaxEjectionTime(), 300_000))
                .setMaxEjectionPercent(orElse(outlier.hasMaxEjectionPercent(), outlier.getMaxEjectionPercent(), 10))
                .build();
    }

    private static CircuitBreakers limits(Cluster cluster, double retryBudgetPercent) {
        return CircuitBreakers.newBuilder()
                .addThresholds(CircuitBreakers.Thresholds.newBuilder()
                        .setMaxConnections(orElse(
                                cluster.getLimits().hasConnections(),
                                cluster.getLimits().getConnections(),
                                1024))
                        .setMaxPendingRequests(orElse(
                                cluster.getLimits().hasPending(),
                                cluster.getLimits().getPending(),
                                1024))
                        .setMaxRequests(orElse(
                                cluster.getLimits().hasRequests(),
                                cluster.getLimits().getRequests(),
                                1024))
                        .setRetryBudget(CircuitBreakers.Thresholds.RetryBudget.newBuilder()
                                .setBudgetPercent(Percent.newBuilder().setValue(retryBudgetPercent))
                                .setMinRetryConcurrency(UInt32Value.of(MIN_RETRIES))))
                .build();
    }

    private static UInt32Value orElse(boolean present, UInt32Value value, int otherwise) {
        return present ? value : UInt32Value.of(otherwise);
    }

    private static Duration orElse(boolean present, Duration value, long otherwiseMillis) {
        return present ? value : Durations.fromMillis(otherwiseMillis);
    }
}
