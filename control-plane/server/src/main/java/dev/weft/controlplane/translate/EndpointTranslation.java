package dev.weft.controlplane.translate;

import com.google.protobuf.UInt32Value;
import dev.weft.v1.Cluster;
import dev.weft.v1.Endpoint;
import dev.weft.v1.Instance;
import dev.weft.v1.Resource;
import io.envoyproxy.envoy.config.core.v3.HealthStatus;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The endpoints of a cluster as EDS, grouped by priority and locality.
 *
 * <p>A weight of 0 is not allowed on the wire: such an endpoint is sent as draining. Every locality carries the sum of its
 * endpoints' weights, because gRPC clients drop a locality without one.
 */
final class EndpointTranslation {
    private EndpointTranslation() {}

    /**
     * @param instances registered ones of the service that the cluster selects; other discovery passes them over
     */
    static ClusterLoadAssignment translate(String name, Cluster cluster, List<Resource> instances) {
        Map<Place, LocalityLbEndpoints.Builder> places = new TreeMap<>();
        if (cluster.hasInstances()) {
            Map<String, String> labels = cluster.getInstances().getLabelsMap();
            instances.stream()
                    .map(Resource::getInstance)
                    .filter(i -> i.getLabelsMap().entrySet().containsAll(labels.entrySet()))
                    .forEach(i -> add(places, new Place(0, i.getZone()), instance(i), i.getWeight()));
        }
        for (Endpoint endpoint : cluster.getEndpointsList()) {
            int weight = endpoint.hasWeight() ? endpoint.getWeight().getValue() : 1;
            add(places, new Place(endpoint.getPriority(), endpoint.getLocality()), endpoint(endpoint, weight), weight);
        }
        ClusterLoadAssignment.Builder assignment =
                ClusterLoadAssignment.newBuilder().setClusterName(name);
        places.values().forEach(assignment::addEndpoints);
        return assignment.build();
    }

    private record Place(int priority, String zone) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byPriority = Integer.compare(priority, other.priority);
            return byPriority != 0 ? byPriority : zone.compareTo(other.zone);
        }
    }

    private static void add(
            Map<Place, LocalityLbEndpoints.Builder> places, Place place, LbEndpoint endpoint, int weight) {
        LocalityLbEndpoints.Builder locality = places.computeIfAbsent(
                place,
                p -> LocalityLbEndpoints.newBuilder()
                        .setPriority(p.priority())
                        .setLocality(Locality.newBuilder().setZone(p.zone())));
        int sum = locality.getLoadBalancingWeight().getValue() + Math.max(weight, 1);
        locality.addLbEndpoints(endpoint).setLoadBalancingWeight(UInt32Value.of(sum));
    }

    private static LbEndpoint instance(Instance instance) {
        return lbEndpoint(
                instance.getAddress(), instance.getPort(), Math.max(instance.getWeight(), 1), HealthStatus.UNKNOWN);
    }

    private static LbEndpoint endpoint(Endpoint endpoint, int weight) {
        HealthStatus health = weight == 0 ? HealthStatus.DRAINING : HealthStatus.UNKNOWN;
        return lbEndpoint(endpoint.getAddress(), endpoint.getPort(), Math.max(weight, 1), health);
    }

    private static LbEndpoint lbEndpoint(String address, int port, int weight, HealthStatus health) {
        return LbEndpoint.newBuilder()
                .setEndpoint(io.envoyproxy.envoy.config.endpoint.v3.Endpoint.newBuilder()
                        .setAddress(Xds.address(address, port)))
                .setLoadBalancingWeight(UInt32Value.of(weight))
                .setHealthStatus(health)
                .build();
    }
}
