package dev.weft.xds;

import static dev.weft.xds.Content.cluster;
import static dev.weft.xds.Content.endpoints;
import static dev.weft.xds.ResourceType.CLUSTER;
import static dev.weft.xds.ResourceType.ENDPOINT;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** S39 and S42: how streams open and end, and what one may cost. */
class LifecycleTest {
    @Test
    void s39DrainingEndsStreamsSpreadOverTimeAndRefusesNewOnes() {
        try (TestServer server = new TestServer()) {
            server.publish(1, cluster("a", "1"));
            SotwClient[] clients = Stream.generate(server::sotw).limit(4).toArray(SotwClient[]::new);
            for (SotwClient client : clients) {
                client.request(CLUSTER).nextAcked(CLUSTER);
            }

            server.xds.drain(Duration.ofSeconds(4));
            server.pass(Duration.ofMillis(1500));

            assertThat(Stream.of(clients).map(client -> client.responses.end()))
                    .containsExactlyInAnyOrder(Status.OK, Status.OK, null, null);
            SotwClient late = server.sotw();
            assertThat(Objects.requireNonNull(late.responses.end()).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            server.pass(Duration.ofSeconds(4));
            assertThat(Stream.of(clients).map(client -> client.responses.end())).containsOnly(Status.OK);
            assertThat(server.xds.streams()).isEmpty();
        }
    }

    @Test
    void s39AStreamOfAgeEndsWithoutAnErrorAtAJitteredTime() {
        Settings settings =
                Settings.builder().maxStreamAge(Duration.ofMinutes(10)).build();
        try (TestServer server = new TestServer(settings)) {
            SotwClient[] clients = Stream.generate(server::sotw).limit(20).toArray(SotwClient[]::new);

            server.pass(Duration.ofMinutes(9).minusSeconds(1));
            assertThat(Stream.of(clients)).allMatch(SotwClient::isSilent);
            server.pass(Duration.ofMinutes(1));
            long ended =
                    Stream.of(clients).filter(c -> c.responses.end() != null).count();
            assertThat(ended).isBetween(1L, 19L);
            server.pass(Duration.ofMinutes(1).plusSeconds(2));
            assertThat(Stream.of(clients).map(client -> client.responses.end())).containsOnly(Status.OK);
            assertThat(server.clock.waiting()).isZero();
        }
    }

    @Test
    void theObserverIsToldWhetherAClientLeftOrBrokeOff() {
        try (TestServer server = new TestServer()) {
            SotwClient leaving = server.sotw(TestServer.node("leaving")).request(CLUSTER);
            SotwClient breaking = server.sotw(TestServer.node("breaking")).request(CLUSTER);

            leaving.halfClose();
            breaking.breakOff();

            assertThat(server.observer.events)
                    .containsExactly(
                            "opened leaving", "opened breaking", "closed leaving LEFT", "closed breaking BROKEN");
            assertThat(leaving.responses.end()).isEqualTo(Status.OK);
            assertThat(server.groups.keys()).isEmpty();
            assertThat(server.clock.waiting()).isZero();
        }
    }

    @Test
    void s42StreamsAreAdmittedAtABoundedRateAndTheRestIsToldToComeBack() {
        try (TestServer server = new TestServer(
                Settings.builder().streamsPerSecond(10).maxWaitingStreams(15).build())) {
            server.publish(1, cluster("a", "1"));

            SotwClient[] clients = IntStream.range(0, 30)
                    .mapToObj(_ -> server.sotw().request(CLUSTER))
                    .toArray(SotwClient[]::new);

            assertThat(served(clients)).isEqualTo(10);
            assertThat(refused(clients)).isEqualTo(5);
            server.pass(Duration.ofSeconds(1));
            assertThat(served(clients)).isEqualTo(20);
            server.pass(Duration.ofSeconds(1));
            assertThat(served(clients)).isEqualTo(25);
            assertThat(server.clock.waiting()).isZero();
        }
    }

    @Test
    void s42OneResponsePerTypeIsOutstandingAndLaterChangesMergeIntoTheNext() {
        try (TestServer server = new TestServer()) {
            server.publish(1, endpoints("a", 1), endpoints("b", 1), endpoints("c", 1));
            DeltaClient client = server.delta();
            client.subscribe(ENDPOINT, "a", "b", "c");
            var outstanding = client.next(ENDPOINT);

            for (int i = 2; i < 100; i++) {
                server.publish(i, endpoints("a", i), endpoints("b", i % 2 + 1), endpoints("c", 1));
            }
            assertThat(client.isSilent()).isTrue();

            client.ack(outstanding);
            var merged = client.nextAcked(ENDPOINT);
            assertThat(DeltaClient.namesOf(merged)).containsExactlyInAnyOrder("a", "b");
            assertThat(merged.getSystemVersionInfo()).isEqualTo("99");
            assertThat(client.isSilent()).isTrue();
            assertThat(server.status().liveAt(99)).isTrue();
        }
    }

    @Test
    void s42AChangeThatIsTakenBackMeanwhileIsNotSent() {
        try (TestServer server = new TestServer()) {
            server.publish(1, endpoints("a", 1), endpoints("b", 1));
            DeltaClient client = server.delta();
            client.subscribe(ENDPOINT, "a", "b");
            client.nextAcked(ENDPOINT);
            server.publish(2, endpoints("a", 2), endpoints("b", 1));
            var outstanding = client.next(ENDPOINT);

            server.publish(3, endpoints("a", 2), endpoints("b", 3));
            server.publish(4, endpoints("a", 2), endpoints("b", 1));
            client.ack(outstanding);

            assertThat(client.isSilent()).isTrue();
            assertThat(server.status().liveAt(4)).isTrue();
        }
    }

    @Test
    void aStreamThatAsksForTooManyTypesOrNamesIsEnded() {
        try (TestServer server =
                new TestServer(Settings.builder().maxTypes(2).maxNames(3).build())) {
            SotwClient types = server.sotw();
            types.request(CLUSTER).request(ENDPOINT, "a");
            assertThat(types.isSilent()).isTrue();
            types.request(ResourceType.ROUTE, "r");
            assertThat(Objects.requireNonNull(types.responses.end()).getCode())
                    .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);

            DeltaClient names = server.delta();
            names.subscribe(ENDPOINT, "a", "b", "c");
            assertThat(names.isSilent()).isTrue();
            names.subscribe(ENDPOINT, "d");
            assertThat(Objects.requireNonNull(names.responses.end()).getDescription())
                    .isEqualTo("too many names of clusterloadassignment on one stream (expected: <= 3)");
        }
    }

    private static long served(SotwClient... clients) {
        return Stream.of(clients).filter(client -> !client.responses.isEmpty()).count();
    }

    private static long refused(SotwClient... clients) {
        return Stream.of(clients)
                .filter(client -> client.responses.end() != null)
                .filter(client ->
                        Objects.requireNonNull(client.responses.end()).getCode().equals(Status.Code.UNAVAILABLE))
                .count();
    }
}
