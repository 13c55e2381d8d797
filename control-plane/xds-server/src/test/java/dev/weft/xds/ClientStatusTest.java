package dev.weft.xds;

import static dev.weft.xds.Content.cluster;
import static dev.weft.xds.Content.endpoints;
import static dev.weft.xds.ResourceType.CLUSTER;
import static dev.weft.xds.ResourceType.ENDPOINT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.envoyproxy.envoy.service.status.v3.ClientConfig;
import io.envoyproxy.envoy.service.status.v3.ClientStatusDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.status.v3.ClientStatusRequest;
import io.envoyproxy.envoy.service.status.v3.ClientStatusResponse;
import io.envoyproxy.envoy.service.status.v3.ConfigStatus;
import io.envoyproxy.envoy.type.matcher.v3.NodeMatcher;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** S41: what the client status discovery service tells. */
class ClientStatusTest {
    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void s41EachResourceOfEachNodeIsSyncedNotSentStaleOrInError() {
        server.publish(1, cluster("synced", "1"), cluster("refused", "1"), endpoints("stale", 1));
        DeltaClient client = server.delta();
        client.subscribe(CLUSTER).subscribe(ENDPOINT, "stale", "missing");
        client.nextAcked(CLUSTER);
        client.nextAcked(ENDPOINT);
        server.publish(2, cluster("synced", "1"), cluster("refused", "bad"), endpoints("stale", 2));
        client.nack(client.next(CLUSTER), "refused: too bad");

        ClientConfig config = fetch(ClientStatusRequest.getDefaultInstance()).getConfig(0);

        assertThat(config.getNode().getId()).isEqualTo("n1");
        assertThat(statuses(config))
                .containsOnly(
                        Map.entry("synced", ConfigStatus.SYNCED),
                        Map.entry("refused", ConfigStatus.ERROR),
                        Map.entry("stale", ConfigStatus.STALE),
                        Map.entry("missing", ConfigStatus.NOT_SENT));
        ClientConfig.GenericXdsConfig refused = config.getGenericXdsConfigsList().stream()
                .filter(c -> c.getName().equals("refused"))
                .findFirst()
                .orElseThrow();
        assertThat(refused.getErrorState().getDetails()).isEqualTo("refused: too bad");
        assertThat(refused.getTypeUrl()).isEqualTo(CLUSTER.typeUrl());
        assertThat(refused.getXdsConfig()).isEqualTo(cluster("refused", "bad").body());
    }

    @Test
    void s41NodesAreChosenByTheirId() {
        server.publish(1, cluster("a", "1"));
        server.sotw(TestServer.node("web-1")).request(CLUSTER);
        server.sotw(TestServer.node("WEB-2")).request(CLUSTER);
        server.sotw(TestServer.node("api-1")).request(CLUSTER);

        assertThat(fetch(matching(StringMatcher.newBuilder().setPrefix("web").build()))
                        .getConfigCount())
                .isEqualTo(1);
        assertThat(fetch(matching(StringMatcher.newBuilder()
                                .setPrefix("web")
                                .setIgnoreCase(true)
                                .build()))
                        .getConfigCount())
                .isEqualTo(2);
        assertThat(fetch(matching(StringMatcher.newBuilder().setSuffix("-1").build()))
                        .getConfigCount())
                .isEqualTo(2);
        assertThat(fetch(matching(StringMatcher.newBuilder().setExact("api-1").build()))
                        .getConfigCount())
                .isEqualTo(1);
        assertThat(fetch(ClientStatusRequest.getDefaultInstance()).getConfigCount())
                .isEqualTo(3);
    }

    @Test
    void s41AMatcherThatIsNotSupportedIsNamed() {
        server.sotw().request(CLUSTER);
        StringMatcher regex = StringMatcher.newBuilder()
                .setSafeRegex(RegexMatcher.newBuilder().setRegex(".*"))
                .build();

        assertThatThrownBy(() -> fetch(matching(regex)))
                .hasMessageContaining("INVALID_ARGUMENT: node_matchers[0].node_id: not supported");
    }

    @Test
    void s41AStreamOfQuestionsIsAnsweredOneByOneAndEndsWithThem() {
        server.publish(1, cluster("a", "1"));
        server.sotw().request(CLUSTER);
        Responses<ClientStatusResponse> responses = new Responses<>();
        StreamObserver<ClientStatusRequest> questions =
                ClientStatusDiscoveryServiceGrpc.newStub(server.channel()).streamClientStatus(responses);

        questions.onNext(ClientStatusRequest.getDefaultInstance());
        questions.onNext(ClientStatusRequest.newBuilder()
                .setExcludeResourceContents(true)
                .build());
        questions.onCompleted();

        assertThat(responses.next().getConfig(0).getGenericXdsConfigs(0).hasXdsConfig())
                .isTrue();
        assertThat(responses.next().getConfig(0).getGenericXdsConfigs(0).hasXdsConfig())
                .isFalse();
        assertThat(responses.end()).isEqualTo(io.grpc.Status.OK);
    }

    private ClientStatusResponse fetch(ClientStatusRequest request) {
        return ClientStatusDiscoveryServiceGrpc.newBlockingStub(server.channel())
                .fetchClientStatus(request);
    }

    private static ClientStatusRequest matching(StringMatcher id) {
        return ClientStatusRequest.newBuilder()
                .addNodeMatchers(NodeMatcher.newBuilder().setNodeId(id))
                .build();
    }

    private static Map<String, ConfigStatus> statuses(ClientConfig config) {
        return config.getGenericXdsConfigsList().stream()
                .collect(Collectors.toMap(
                        ClientConfig.GenericXdsConfig::getName, ClientConfig.GenericXdsConfig::getConfigStatus));
    }
}
