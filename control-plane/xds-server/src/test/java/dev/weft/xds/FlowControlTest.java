package dev.weft.xds;

import static dev.weft.xds.Content.endpoints;
import static dev.weft.xds.Content.routes;
import static dev.weft.xds.ResourceType.ENDPOINT;
import static dev.weft.xds.ResourceType.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A transport that takes no more is not written to, and what it then takes is the newest. */
class FlowControlTest {
    private final List<DeltaDiscoveryResponse> written = new ArrayList<>();
    private final SnapshotGroups<String> groups = new SnapshotGroups<>(new SnapshotGroups.Membership<>() {
        @Override
        public String groupOf(XdsClient client) {
            return "g";
        }

        @Override
        public void opened(String key, XdsClient client) {}
    });
    private boolean ready = true;
    private Session<DeltaDiscoveryRequest, DeltaDiscoveryResponse> session;

    @BeforeEach
    void open() {
        HandCrankedClock clock = new HandCrankedClock();
        Serving serving = new Serving(
                groups,
                XdsObserver.NONE,
                Settings.DEFAULTS,
                clock,
                Runnable::run,
                new Random(1),
                new StreamRegistry(),
                new StreamAdmission(1, 1, clock));
        XdsClient client =
                new XdsClient(1, TestServer.node("n1"), ClientKind.OTHER, XdsClient.Variant.DELTA, true, Peer.UNKNOWN);
        SnapshotSource.Subscription source = groups.open(client, () -> session.refresh());
        session = new Session<>(
                client,
                serving,
                Delta.INSTANCE,
                new Session.Output<>() {
                    @Override
                    public boolean isReady() {
                        return ready;
                    }

                    @Override
                    public void send(DeltaDiscoveryResponse response) {
                        written.add(response);
                        ready = false;
                    }
                },
                Runnable::run,
                source);
        groups.publish("g", Content.snapshot(1, endpoints("a", 1), routes("r", "a")));
    }

    @Test
    void aTransportThatIsNotReadyIsNotWrittenToUntilItIs() {
        session.receive(subscribe(ENDPOINT, "a"), ENDPOINT);
        session.receive(subscribe(ROUTE, "r"), ROUTE);
        assertThat(written).hasSize(1);

        ready = true;
        session.write();

        assertThat(written)
                .extracting(DeltaDiscoveryResponse::getTypeUrl)
                .containsExactly(ENDPOINT.typeUrl(), ROUTE.typeUrl());
    }

    @Test
    void whatChangedWhileTheTransportWasNotReadyIsWrittenOnceInItsLastState() {
        ready = false;
        session.receive(subscribe(ENDPOINT, "a"), ENDPOINT);
        for (int i = 2; i < 50; i++) {
            groups.publish("g", Content.snapshot(i, endpoints("a", i), routes("r", "a")));
        }
        assertThat(written).isEmpty();

        ready = true;
        session.write();

        assertThat(written)
                .singleElement()
                .satisfies(response -> assertThat(response.getResources(0).getResource())
                        .isEqualTo(endpoints("a", 49).body()));
    }

    private static DeltaDiscoveryRequest subscribe(ResourceType type, String name) {
        return DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(type.typeUrl())
                .addResourceNamesSubscribe(name)
                .build();
    }
}
