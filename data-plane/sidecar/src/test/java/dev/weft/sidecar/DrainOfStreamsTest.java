package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that is told to leave while gRPC's own client and server stream through it. */
@Timeout(120)
class DrainOfStreamsTest {
    private static final MethodDescriptor<String, String> WATCH = MethodDescriptor.newBuilder(new Text(), new Text())
            .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
            .setFullMethodName("test.Watching/Watch")
            .build();

    @TempDir
    private Path directory = Path.of("");

    private final BlockingQueue<ServerCallStreamObserver<String>> watching = new LinkedBlockingQueue<>();
    private final CountDownLatch cancelled = new CountDownLatch(1);

    private final Server origin = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .addService(ServerServiceDefinition.builder("test.Watching")
                    .addMethod(WATCH, ServerCalls.asyncServerStreamingCall(this::watch))
                    .build())
            .build();

    private record Text() implements MethodDescriptor.Marshaller<String> {
        @Override
        public InputStream stream(String value) {
            return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
            try {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void watch(String asked, StreamObserver<String> answers) {
        ServerCallStreamObserver<String> call = (ServerCallStreamObserver<String>) answers;
        call.setOnCancelHandler(cancelled::countDown);
        call.onNext("watching " + asked);
        watching.add(call);
    }

    @BeforeEach
    void start() throws IOException {
        origin.start();
    }

    @AfterEach
    void stop() {
        origin.shutdownNow();
    }

    private SidecarProcess sidecar(String drainTimeout) throws Exception {
        String json = Files.readString(
                Path.of(DrainOfStreamsTest.class.getResource("/bench/h2.json").toURI()));
        Path file = Files.writeString(
                directory.resolve("h2.json"),
                json.replace("15001", "0").replace("15020", "0").replace("8080", String.valueOf(origin.getPort())));
        return SidecarProcess.start(
                        directory,
                        "sidecar",
                        "-c",
                        file.toString(),
                        "--drain-grace",
                        "0ms",
                        "--drain-timeout",
                        drainTimeout)
                .serving();
    }

    private static ManagedChannel channel(SidecarProcess sidecar) {
        return NettyChannelBuilder.forTarget(sidecar.address("l"))
                .usePlaintext()
                .build();
    }

    private static Iterator<String> watch(ManagedChannel channel) {
        return ClientCalls.blockingServerStreamingCall(channel, WATCH, CallOptions.DEFAULT, "it");
    }

    @Test
    void aStreamGoesOnWhileNewOnesAreRefused() throws Exception {
        try (SidecarProcess sidecar = sidecar("60s")) {
            ManagedChannel channel = channel(sidecar);
            ManagedChannel other = channel(sidecar);
            Iterator<String> answers = watch(channel);
            assertThat(answers.next()).isEqualTo("watching it");
            ServerCallStreamObserver<String> call = watching.take();

            sidecar.terminate();

            await().untilAsserted(() -> assertThat(refusal(other)).isEqualTo(Status.Code.UNAVAILABLE));
            call.onNext("still there");
            assertThat(answers.next()).isEqualTo("still there");
            call.onCompleted();
            assertThat(answers.hasNext()).isFalse();
            assertThat(sidecar.exit()).isZero();
            assertThat(sidecar.err()).doesNotContain("ERROR", "Exception");
            channel.shutdownNow();
            other.shutdownNow();
        }
    }

    /** OK where it is none. */
    private static Status.Code refusal(ManagedChannel channel) {
        try {
            watch(channel).next();
            return Status.Code.OK;
        } catch (StatusRuntimeException refused) {
            return refused.getStatus().getCode();
        }
    }

    /** UNAVAILABLE is what its client may try again elsewhere. */
    @Test
    void aStreamThatDoesNotEndIsUnavailableOnceTheTimeIsOver() throws Exception {
        try (SidecarProcess sidecar = sidecar("700ms")) {
            ManagedChannel channel = channel(sidecar);
            Iterator<String> answers = watch(channel);
            assertThat(answers.next()).isEqualTo("watching it");
            long began = System.nanoTime();

            sidecar.terminate();

            assertThat(sidecar.exit()).isZero();
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isBetween(Duration.ofMillis(600), Duration.ofSeconds(20));
            Status.Code end = null;
            try {
                answers.next();
            } catch (StatusRuntimeException ended) {
                end = ended.getStatus().getCode();
            }
            assertThat(end).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(sidecar.err()).doesNotContain("ERROR", "Exception");
            channel.shutdownNow();
        }
    }
}
