package dev.weft.sidecar.ads;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.weft.sidecar.live.Protos;
import dev.weft.sidecar.live.Received;
import dev.weft.sidecar.xds.ResourceType;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A control plane that says what a test tells it to, and remembers what it was asked. All in the test's thread. */
final class ScriptedControlPlane implements AutoCloseable {
    final List<DeltaDiscoveryRequest> delta = new ArrayList<>();
    final List<DiscoveryRequest> sotw = new ArrayList<>();
    int streams;
    int halfClosed;
    int broken;

    private final String name = InProcessServerBuilder.generateName();
    private @Nullable Server server;
    private @Nullable StreamObserver<DeltaDiscoveryResponse> deltaStream;
    private @Nullable StreamObserver<DiscoveryResponse> sotwStream;
    private boolean silentlyRefusing;
    private int nonce;

    ScriptedControlPlane start() {
        try {
            server = InProcessServerBuilder.forName(name)
                    .directExecutor()
                    .addService(new Service())
                    .build()
                    .start();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return this;
    }

    void stop() {
        if (server != null) {
            server.shutdownNow();
            server = null;
        }
    }

    /** From now on every stream is ended before any response. */
    void refuseStreams(boolean refuse) {
        silentlyRefusing = refuse;
    }

    ManagedChannel channel() {
        return InProcessChannelBuilder.forName(name).directExecutor().build();
    }

    void respond(ResourceType type, String version, List<Message> resources, List<String> removed) {
        DeltaDiscoveryResponse.Builder response = DeltaDiscoveryResponse.newBuilder()
                .setTypeUrl(type.typeUrl())
                .setNonce("n" + ++nonce)
                .addAllRemovedResources(removed);
        for (Message resource : resources) {
            Received named = Protos.received("", version, resource);
            response.addResources(Resource.newBuilder()
                    .setName(nameOf(resource))
                    .setVersion(version)
                    .setResource(Any.newBuilder().setTypeUrl(named.typeUrl()).setValue(named.bytes())));
        }
        java.util.Objects.requireNonNull(deltaStream).onNext(response.build());
    }

    void respond(ResourceType type, String version, Message... resources) {
        respond(type, version, List.of(resources), List.of());
    }

    void respondSotw(String typeUrl, String version, Message... resources) {
        DiscoveryResponse.Builder response = DiscoveryResponse.newBuilder()
                .setTypeUrl(typeUrl)
                .setVersionInfo(version)
                .setNonce("n" + ++nonce);
        for (Message resource : resources) {
            response.addResources(resource instanceof Any any ? any : Any.pack(resource));
        }
        java.util.Objects.requireNonNull(sotwStream).onNext(response.build());
    }

    void endStream() {
        if (deltaStream != null) {
            deltaStream.onError(Status.UNAVAILABLE.asRuntimeException());
        }
        if (sotwStream != null) {
            sotwStream.onError(Status.UNAVAILABLE.asRuntimeException());
        }
    }

    DeltaDiscoveryRequest last(ResourceType type) {
        return delta.stream()
                .filter(request -> request.getTypeUrl().equals(type.typeUrl()))
                .reduce((a, b) -> b)
                .orElseThrow();
    }

    DiscoveryRequest lastSotw(ResourceType type) {
        return sotw.stream()
                .filter(request -> request.getTypeUrl().equals(type.typeUrl()))
                .reduce((a, b) -> b)
                .orElseThrow();
    }

    private static String nameOf(Message resource) {
        var type = resource.getDescriptorForType();
        var field = type.findFieldByName(type.getName().equals("ClusterLoadAssignment") ? "cluster_name" : "name");
        return String.valueOf(resource.getField(field));
    }

    @Override
    public void close() {
        stop();
    }

    private final class Service extends AggregatedDiscoveryServiceImplBase {
        @Override
        public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
                StreamObserver<DeltaDiscoveryResponse> responses) {
            streams++;
            if (silentlyRefusing) {
                responses.onError(Status.UNAVAILABLE.withDescription("not now").asRuntimeException());
            } else {
                deltaStream = responses;
            }
            return new Requests<>(delta, responses);
        }

        @Override
        public StreamObserver<DiscoveryRequest> streamAggregatedResources(StreamObserver<DiscoveryResponse> responses) {
            streams++;
            sotwStream = responses;
            return new Requests<>(sotw, responses);
        }
    }

    private final class Requests<Q, R> implements StreamObserver<Q> {
        private final List<Q> log;
        private final StreamObserver<R> responses;

        Requests(List<Q> log, StreamObserver<R> responses) {
            this.log = log;
            this.responses = responses;
        }

        @Override
        public void onNext(Q request) {
            log.add(request);
        }

        @Override
        public void onError(Throwable failure) {
            broken++;
        }

        @Override
        public void onCompleted() {
            halfClosed++;
            responses.onCompleted();
        }
    }
}
