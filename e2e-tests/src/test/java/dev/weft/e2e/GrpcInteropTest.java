package dev.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.proxy.model.RouteAction;
import dev.weft.proxy.model.RouteMatch;
import dev.weft.proxy.model.RouteRule;
import io.grpc.ForwardingServerBuilder;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.testing.integration.AbstractInteropTest;
import io.grpc.testing.integration.Messages.ResponseParameters;
import io.grpc.testing.integration.Messages.StreamingOutputCallRequest;
import io.grpc.testing.integration.Messages.StreamingOutputCallResponse;
import io.grpc.testing.integration.TestServiceGrpc;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every case of grpc-java's interoperability tests, its own client and server with the proxy between them: the four kinds of calls,
 * compression, flow control, large messages, metadata, deadlines, cancellation, statuses.
 */
class GrpcInteropTest {
    /** Of the route: the client's own deadlines are what their cases test. */
    private static final Duration NO_TIMEOUT = Duration.ZERO;

    /** What looks at the addresses of the two ends, which a proxy changes. */
    private static final Set<String> ABOUT_ADDRESSES = Set.of("getServerAddressAndLocalAddressFromClient");

    @TestFactory
    Stream<DynamicTest> throughTheProxy() {
        List<Method> cases = Arrays.stream(AbstractInteropTest.class.getMethods())
                .filter(method -> method.isAnnotationPresent(org.junit.Test.class))
                .filter(method -> !ABOUT_ADDRESSES.contains(method.getName()))
                .sorted(Comparator.comparing(Method::getName))
                .toList();
        assertThat(cases).hasSizeGreaterThan(30);
        return cases.stream().map(method -> dynamicTest(method.getName(), () -> run(method)));
    }

    @Test
    void aTimeoutAfterTheFirstMessageIsToldAsAStatus() throws Exception {
        ThroughProxy both = new ThroughProxy(Duration.ofMillis(300));
        try {
            both.setUp();
            StreamingOutputCallRequest request = StreamingOutputCallRequest.newBuilder()
                    .addResponseParameters(ResponseParameters.newBuilder().setSize(1))
                    .addResponseParameters(
                            ResponseParameters.newBuilder().setSize(1).setIntervalUs(60_000_000))
                    .build();
            Iterator<StreamingOutputCallResponse> answers = both.calls().streamingOutputCall(request);
            answers.next();

            assertThatThrownBy(answers::next)
                    .hasMessage("DEADLINE_EXCEEDED: upstream timed out")
                    .isInstanceOf(StatusRuntimeException.class);
        } finally {
            both.tearDown();
            both.closeProxy();
        }
    }

    private static void run(Method method) throws Throwable {
        ThroughProxy both = new ThroughProxy(NO_TIMEOUT);
        try {
            both.setUp();
            method.invoke(both);
        } catch (InvocationTargetException failed) {
            throw Objects.requireNonNull(failed.getCause());
        } finally {
            both.tearDown();
            both.closeProxy();
        }
    }

    /** A server, the proxy before it, and a client that knows only the proxy. */
    private static final class ThroughProxy extends AbstractInteropTest {
        private final Duration timeout;
        private @Nullable Proxy proxy;
        private @Nullable Server server;

        /**
         * @param timeout of the proxy's route
         */
        ThroughProxy(Duration timeout) {
            this.timeout = timeout;
        }

        @Override
        protected ServerBuilder<?> getServerBuilder() {
            ServerBuilder<?> builder = NettyServerBuilder.forPort(0, InsecureServerCredentials.create())
                    .flowControlWindow(TEST_FLOW_CONTROL_WINDOW)
                    .maxInboundMessageSize(MAX_MESSAGE_SIZE);
            return new Remembering(builder);
        }

        TestServiceGrpc.TestServiceBlockingStub calls() {
            return blockingStub;
        }

        private RouteAction forward() {
            return RouteAction.Forward.builder()
                    .cluster(new ClusterName("server"))
                    .timeout(timeout)
                    .build();
        }

        /** The port is known only to the server, which the superclass keeps to itself. */
        private final class Remembering extends ForwardingServerBuilder<Remembering> {
            private final ServerBuilder<?> builder;

            Remembering(ServerBuilder<?> builder) {
                this.builder = builder;
            }

            @Override
            protected ServerBuilder<?> delegate() {
                return builder;
            }

            @Override
            public Server build() {
                Server built = super.build();
                server = built;
                return built;
            }
        }

        @Override
        protected ManagedChannelBuilder<?> createChannelBuilder() {
            ProxyConfig config = Setup.listen("127.0.0.1", 0)
                    .cluster(
                            "server",
                            "127.0.0.1:" + Objects.requireNonNull(server).getPort())
                    .protocol(UpstreamProtocol.HTTP2)
                    .and()
                    .route(new RouteRule("all", RouteMatch.ANY, forward(), HeaderRules.NONE))
                    .build();
            Proxy started = Proxy.builder().loops(1).build();
            proxy = started;
            started.apply(config);
            return NettyChannelBuilder.forAddress(started.address("http"))
                    .usePlaintext()
                    .flowControlWindow(TEST_FLOW_CONTROL_WINDOW)
                    .maxInboundMessageSize(MAX_MESSAGE_SIZE);
        }

        /** Their own recorders of gRPC's metrics, which are about the two ends and not about what is between. */
        @Override
        protected boolean metricsExpected() {
            return false;
        }

        void closeProxy() {
            if (proxy != null) {
                proxy.close();
            }
        }
    }
}
