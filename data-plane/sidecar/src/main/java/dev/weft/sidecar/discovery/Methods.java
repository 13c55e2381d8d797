package dev.weft.sidecar.discovery;

import com.google.protobuf.ByteString;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;

/** The two calls of {@code AggregatedDiscoveryService}, and the one of {@code LoadReportingService}. Immutable. */
public final class Methods {
    private static final String DISCOVERY = "envoy.service.discovery.v3.AggregatedDiscoveryService/";
    private static final String LOAD = "envoy.service.load_stats.v3.LoadReportingService/";

    public static final MethodDescriptor<DeltaRequest, DeltaResponse> DELTA =
            method(DISCOVERY + "DeltaAggregatedResources", DeltaRequest::message, DeltaResponse::read);

    public static final MethodDescriptor<WorldRequest, WorldResponse> STATE_OF_THE_WORLD =
            method(DISCOVERY + "StreamAggregatedResources", WorldRequest::message, WorldResponse::read);

    public static final MethodDescriptor<LoadStatsRequest, LoadStatsResponse> LOAD_STATS =
            method(LOAD + "StreamLoadStats", LoadStatsRequest::message, LoadStatsResponse::read);

    private Methods() {}

    private interface Writer<T> {
        ByteString write(T message);
    }

    private interface Reader<T> {
        T read(ByteString bytes) throws IOException;
    }

    private static <Q, R> MethodDescriptor<Q, R> method(String name, Writer<Q> requests, Reader<R> responses) {
        return MethodDescriptor.newBuilder(new Sent<>(requests), new Taken<>(responses))
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .setFullMethodName(name)
                .build();
    }

    private record Sent<T>(Writer<T> writer) implements MethodDescriptor.Marshaller<T> {
        @Override
        public InputStream stream(T message) {
            return writer.write(message).newInput();
        }

        @Override
        public T parse(InputStream stream) {
            throw new UnsupportedOperationException("requests are only sent");
        }
    }

    private record Taken<T>(Reader<T> reader) implements MethodDescriptor.Marshaller<T> {
        @Override
        public InputStream stream(T message) {
            throw new UnsupportedOperationException("responses are only received");
        }

        @Override
        public T parse(InputStream stream) {
            try {
                return reader.read(ByteString.readFrom(stream));
            } catch (IOException malformed) {
                throw Status.INTERNAL
                        .withDescription("a response that is no protobuf message: " + malformed.getMessage())
                        .withCause(malformed)
                        .asRuntimeException();
            }
        }
    }
}
