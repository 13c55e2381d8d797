package dev.weft.xds;

import io.envoyproxy.envoy.service.cluster.v3.ClusterDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.endpoint.v3.EndpointDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.listener.v3.ListenerDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.route.v3.RouteDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.BindableService;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Thread-safe. The gRPC services through which resources are discovered: aggregated, and one per type. */
final class DiscoveryServices {
    private final Serving serving;

    DiscoveryServices(Serving serving) {
        this.serving = serving;
    }

    List<BindableService> all() {
        return List.of(new Aggregated(), new Clusters(), new Endpoints(), new Listeners(), new Routes(), new Secrets());
    }

    private StreamObserver<DiscoveryRequest> sotw(
            @Nullable ResourceType implied, StreamObserver<DiscoveryResponse> responses) {
        return DiscoveryStream.open(
                serving, StateOfTheWorld.INSTANCE, implied, PeerInterceptor.current(), (ServerCallStreamObserver<
                                DiscoveryResponse>)
                        responses);
    }

    private StreamObserver<DeltaDiscoveryRequest> delta(
            @Nullable ResourceType implied, StreamObserver<DeltaDiscoveryResponse> responses) {
        return DiscoveryStream.open(
                serving, Delta.INSTANCE, implied, PeerInterceptor.current(), (ServerCallStreamObserver<
                                DeltaDiscoveryResponse>)
                        responses);
    }

    private final class Aggregated extends AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase {
        @Override
        public StreamObserver<DiscoveryRequest> streamAggregatedResources(StreamObserver<DiscoveryResponse> responses) {
            return sotw(null, responses);
        }

        @Override
        public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
                StreamObserver<DeltaDiscoveryResponse> responses) {
            return delta(null, responses);
        }
    }

    private final class Clusters extends ClusterDiscoveryServiceGrpc.ClusterDiscoveryServiceImplBase {
        @Override
        public StreamObserver<DiscoveryRequest> streamClusters(StreamObserver<DiscoveryResponse> responses) {
            return sotw(ResourceType.CLUSTER, responses);
        }

        @Override
        public StreamObserver<DeltaDiscoveryRequest> deltaClusters(StreamObserver<DeltaDiscoveryResponse> responses) {
            return delta(ResourceType.CLUSTER, responses);
        }
    }

    private final class Endpoints extends EndpointDiscoveryServiceGrpc.EndpointDiscoveryServiceImplBase {
        @Override
        public StreamObserver<DiscoveryRequest> streamEndpoints(StreamObserver<DiscoveryResponse> responses) {
            return sotw(ResourceType.ENDPOINT, responses);
        }

        @Override
        public StreamObserver<DeltaDiscoveryRequest> deltaEndpoints(StreamObserver<DeltaDiscoveryResponse> responses) {
            return delta(ResourceType.ENDPOINT, responses);
        }
    }

    private final class Listeners extends ListenerDiscoveryServiceGrpc.ListenerDiscoveryServiceImplBase {
        @Override
        public StreamObserver<DiscoveryRequest> streamListeners(StreamObserver<DiscoveryResponse> responses) {
            return sotw(ResourceType.LISTENER, responses);
        }

        @Override
        public StreamObserver<DeltaDiscoveryRequest> deltaListeners(StreamObserver<DeltaDiscoveryResponse> responses) {
            return delta(ResourceType.LISTENER, responses);
        }
    }

    private final class Routes extends RouteDiscoveryServiceGrpc.RouteDiscoveryServiceImplBase {
        @Override
        public StreamObserver<DiscoveryRequest> streamRoutes(StreamObserver<DiscoveryResponse> responses) {
            return sotw(ResourceType.ROUTE, responses);
        }

        @Override
        public StreamObserver<DeltaDiscoveryRequest> deltaRoutes(StreamObserver<DeltaDiscoveryResponse> responses) {
            return delta(ResourceType.ROUTE, responses);
        }
    }

    private final class Secrets extends SecretDiscoveryServiceGrpc.SecretDiscoveryServiceImplBase {
        @Override
        public StreamObserver<DiscoveryRequest> streamSecrets(StreamObserver<DiscoveryResponse> responses) {
            return sotw(ResourceType.SECRET, responses);
        }

        @Override
        public StreamObserver<DeltaDiscoveryRequest> deltaSecrets(StreamObserver<DeltaDiscoveryResponse> responses) {
            return delta(ResourceType.SECRET, responses);
        }
    }
}
