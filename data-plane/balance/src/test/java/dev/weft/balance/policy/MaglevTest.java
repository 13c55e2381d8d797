package dev.weft.balance.policy;

import static dev.weft.balance.policy.Fixtures.candidates;
import static dev.weft.balance.policy.Fixtures.equal;
import static dev.weft.balance.policy.Fixtures.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.balance.Candidates;
import dev.weft.balance.EndpointConfig;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MaglevTest {

    /** The table that Envoy's own test (MaglevLoadBalancerTest.Basic) lists. */
    @Test
    void sixEndpointsAndSevenSlotsGiveEnvoysTable() {
        Candidates six =
                equal("127.0.0.1:90", "127.0.0.1:91", "127.0.0.1:92", "127.0.0.1:93", "127.0.0.1:94", "127.0.0.1:95");

        assertThat(new Maglev(7, EndpointHashing.BY_ADDRESS).table(six)).containsExactly(2, 4, 0, 1, 5, 0, 3);
    }

    /** MaglevLoadBalancerTest.BasicWithHostName and BasicWithMetadataHashKey. */
    @Test
    void hostnamesAndHashKeysGiveEnvoysTable() {
        Maglev policy = new Maglev(7, new EndpointHashing(true, 0));
        EndpointConfig[] configs = IntStream.rangeClosed(90, 95)
                .mapToObj(port -> EndpointConfig.of("127.0.0.1:" + port))
                .toArray(EndpointConfig[]::new);
        Candidates named = candidates(Arrays.stream(configs)
                .map(config -> config.withHostname("" + config.address().port()))
                .toArray(EndpointConfig[]::new));
        Candidates keyed = candidates(Arrays.stream(configs)
                .map(config -> config.withHashKey("" + config.address().port()))
                .toArray(EndpointConfig[]::new));

        assertThat(policy.table(named)).containsExactly(2, 5, 0, 3, 4, 1, 0);
        assertThat(policy.table(keyed)).containsExactly(2, 5, 0, 3, 4, 1, 0);
    }

    @Test
    void theTableIsSharedByWeight() {
        int[] table = new Maglev(65_537, EndpointHashing.BY_ADDRESS).table(weighted(1, 2, 3));
        int[] owned = new int[3];
        for (int owner : table) {
            owned[owner]++;
        }

        assertThat(owned[0]).isBetween(65_537 / 6 - 2, 65_537 / 6 + 2);
        assertThat(owned[1]).isBetween(65_537 / 3 - 2, 65_537 / 3 + 2);
        assertThat(owned[2]).isBetween(65_537 / 2 - 2, 65_537 / 2 + 2);
    }

    @Test
    void aSizeThatIsNoPrimeIsRefused() {
        assertThatThrownBy(() -> new Maglev(8, EndpointHashing.BY_ADDRESS))
                .hasMessage("table_size: 8 (expected: a prime, at most 5000011)");
    }
}
