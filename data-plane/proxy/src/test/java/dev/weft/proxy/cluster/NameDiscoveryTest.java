package dev.weft.proxy.cluster;

import static dev.weft.proxy.cluster.ClusterHarness.cluster;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.EndpointConfig;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Endpoints that come from names, with scripted answers. */
final class NameDiscoveryTest {
    private static final Duration REFRESH = Duration.ofSeconds(10);

    private final ClusterHarness harness = new ClusterHarness();

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void strictlyEveryAddressIsAnEndpoint() {
        harness.names.known.put("web.example", List.of("10.0.0.2", "10.0.0.1", "2001:db8::1"));
        harness.apply(dns(true));
        assertThat(harness.picked()).containsExactly("10.0.0.1:80", "10.0.0.2:80", "[2001:db8::1]:80");
    }

    @Test
    void logicallyOneAddressStandsForTheNameAndStaysWhileItIsAnswered() {
        harness.names.known.put("web.example", List.of("10.0.0.2", "10.0.0.1"));
        harness.apply(dns(false));
        assertThat(harness.picked()).containsExactly("10.0.0.2:80");
        harness.names.known.put("web.example", List.of("10.0.0.1", "10.0.0.2"));
        harness.crank(REFRESH.plusMillis(10));
        assertThat(harness.names.lookUps).isEqualTo(2);
        assertThat(harness.picked()).containsExactly("10.0.0.2:80");
        harness.names.known.put("web.example", List.of("10.0.0.1"));
        harness.crank(REFRESH.plusMillis(10));
        assertThat(harness.picked()).containsExactly("10.0.0.1:80");
    }

    @Test
    void aRefreshChangesTheEndpoints() {
        harness.names.known.put("web.example", List.of("10.0.0.1"));
        harness.apply(dns(true));
        harness.names.known.put("web.example", List.of("10.0.0.1", "10.0.0.9"));
        harness.crank(REFRESH.plusMillis(10));
        assertThat(harness.picked()).containsExactly("10.0.0.1:80", "10.0.0.9:80");
    }

    @Test
    void theLastGoodAnswerStaysAndTheNameIsAskedAgainSoon() {
        harness.names.known.put("web.example", List.of("10.0.0.1"));
        harness.apply(dns(true));
        harness.names.known.clear();
        harness.crank(REFRESH.plusMillis(10));
        assertThat(harness.picked()).containsExactly("10.0.0.1:80");
        harness.names.known.put("web.example", List.of("10.0.0.2"));
        harness.crank(Duration.ofMillis(260));
        assertThat(harness.picked()).containsExactly("10.0.0.2:80");
    }

    @Test
    void failuresAreRetriedLessAndLessOften() {
        harness.apply(dns(true));
        assertThat(harness.picked()).isEmpty();
        for (int i = 0; i < 600; i++) {
            harness.crank(Duration.ofMillis(100));
        }
        assertThat(harness.names.lookUps).isBetween(8, 13);
    }

    @Test
    void aNameInAFixedListIsLookedUpBesideItsAddresses() {
        harness.names.known.put("localhost", List.of("127.0.0.1"));
        harness.apply(cluster().endpoints("localhost:80", "10.0.0.7:81").build());
        assertThat(harness.picked()).containsExactly("10.0.0.7:81", "127.0.0.1:80");
        harness.apply(cluster().endpoints("10.0.0.7:81").build());
        int before = harness.names.lookUps;
        harness.crank(Duration.ofMinutes(1));
        assertThat(harness.names.lookUps).isEqualTo(before);
        assertThat(harness.picked()).containsExactly("10.0.0.7:81");
    }

    @Test
    void aChangeOfTheRefreshRateKeepsWhatIsKnown() {
        harness.names.known.put("web.example", List.of("10.0.0.1"));
        harness.apply(dns(true));
        harness.names.known.clear();
        harness.apply(cluster()
                .discovery(new ClusterConfig.Dns(
                        List.of(EndpointConfig.of("web.example", 80)), Duration.ofSeconds(3), true))
                .build());
        assertThat(harness.picked()).containsExactly("10.0.0.1:80");
    }

    private static ClusterConfig dns(boolean strict) {
        return cluster()
                .discovery(new ClusterConfig.Dns(List.of(EndpointConfig.of("web.example", 80)), REFRESH, strict))
                .build();
    }
}
