package dev.weft.sidecar.ads;

import static dev.weft.sidecar.live.Protos.edsCluster;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.sidecar.xds.ResourceType;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ControlPlaneFallbackTest extends AdsRules {
    @Test
    void anUnreachableControlPlaneIsPassedOverAtOnce() {
        second.start();

        client(AdsClient.Variant.DELTA, first, second).start();

        assertThat(second.streams).isEqualTo(1);
        assertThat(unreachable).isEmpty();
    }

    @Test
    void theFirstIsReturnedToWithoutLeavingTheSecondOnPurpose() {
        second.start();
        AdsClient client = client(AdsClient.Variant.DELTA, first, second);
        client.start();
        second.respond(ResourceType.CLUSTER, "1", edsCluster("web"));

        first.start();
        timers.pass(Duration.ofSeconds(30));

        assertThat(client.controlPlane()).isEqualTo("cp-0");
        assertThat(first.streams).isEqualTo(1);
        assertThat(first.last(ResourceType.CLUSTER).getInitialResourceVersionsMap())
                .containsEntry("web", "1");
        assertThat(second.halfClosed).isZero();
        assertThat(second.broken).isEqualTo(1);
    }

    @Test
    void whenAllAreAwayTheyAreTriedAgainFromTheFirst() {
        AdsClient client = client(AdsClient.Variant.DELTA, first, second);
        client.start();
        assertThat(unreachable).hasSize(1);

        first.start();
        timers.pass(Duration.ofSeconds(20));

        assertThat(client.connected()).isTrue();
        assertThat(client.controlPlane()).isEqualTo("cp-0");
    }
}
