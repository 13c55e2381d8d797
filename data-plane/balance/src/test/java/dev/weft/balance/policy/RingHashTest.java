package dev.weft.balance.policy;

import static dev.weft.balance.policy.Fixtures.candidates;
import static dev.weft.balance.policy.Fixtures.equal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.balance.Candidates;
import dev.weft.balance.EndpointConfig;
import dev.weft.balance.PickContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RingHashTest {

    private static final Candidates SIX =
            equal("127.0.0.1:90", "127.0.0.1:91", "127.0.0.1:92", "127.0.0.1:93", "127.0.0.1:94", "127.0.0.1:95");

    /** The ring that Envoy's own test (RingHashLoadBalancerTest.Basic) lists. */
    @Test
    void sixEndpointsAndTwelveEntriesGiveEnvoysRing() {
        Ring ring = new RingHash(12, 8_388_608, EndpointHashing.BY_ADDRESS).ring(SIX);

        assertThat(entries(ring))
                .containsExactly(
                        "94 833437586790550860",
                        "92 928266305478181108",
                        "90 1033482794131418490",
                        "95 3551244743356806947",
                        "93 3851675632748031481",
                        "91 5583722120771150861",
                        "91 6311230543546372928",
                        "93 7700377290971790572",
                        "95 13144177310400110813",
                        "92 13444792449719432967",
                        "94 15516499411664133160",
                        "90 16117243373044804889");
    }

    @Test
    void aHashBelongsToTheFirstEntryNotBelowItAndWraps() {
        Ring ring = new RingHash(12, 8_388_608, EndpointHashing.BY_ADDRESS).ring(SIX);

        assertThat(port(ring, 0)).isEqualTo(94);
        assertThat(port(ring, -1)).isEqualTo(94); // the greatest unsigned hash
        assertThat(port(ring, 3551244743356806947L)).isEqualTo(95);
        assertThat(port(ring, 3551244743356806948L)).isEqualTo(93);
        assertThat(port(ring, Long.parseUnsignedLong("16117243373044804880"))).isEqualTo(90);
    }

    /** RingHashLoadBalancerTest.BasicWithDoundedLoad lists this one: the host names 90 to 95 are hashed. */
    @Test
    void hostnamesGiveEnvoysRing() {
        Ring ring = new RingHash(12, 8_388_608, new EndpointHashing(true, 0)).ring(named());

        assertThat(entries(ring))
                .startsWith("95 1975508444536362413", "95 2376063919839173711")
                .contains("92 7225015537174310577", "94 15364271037087512980");
    }

    @Test
    void anEndpointsOwnHashKeyComesBeforeItsHostnameAndAddress() {
        EndpointConfig[] keyed = Arrays.stream(new int[] {90, 91, 92, 93, 94, 95})
                .mapToObj(port -> EndpointConfig.of("10.9.8.7:" + port)
                        .withHostname("other-" + port)
                        .withHashKey("" + port))
                .toArray(EndpointConfig[]::new);
        RingHash policy = new RingHash(12, 8_388_608, new EndpointHashing(true, 0));

        assertThat(entries(policy.ring(candidates(keyed)))).isEqualTo(entries(policy.ring(named())));
    }

    @Test
    void weightsScaleTheRingSoThatTheLeastGetsWholeEntries() {
        Ring ring = new RingHash(1_024, 8_388_608, EndpointHashing.BY_ADDRESS)
                .ring(candidates(
                        EndpointConfig.of("127.0.0.1:90").withWeight(1),
                        EndpointConfig.of("127.0.0.1:91").withWeight(2)));

        // ceil(1/3 * 1024) = 342 for the least, twice that for the other.
        assertThat(owned(ring)).containsExactly(342, 684);
    }

    @Test
    void theMaximumBoundsTheRingAndRunningSumsShareWhatDoesNotDivide() {
        Ring ring = new RingHash(1, 6, EndpointHashing.BY_ADDRESS)
                .ring(equal("127.0.0.1:90", "127.0.0.1:91", "127.0.0.1:92", "127.0.0.1:93"));
        Ring bounded = new RingHash(6, 6, EndpointHashing.BY_ADDRESS)
                .ring(equal("127.0.0.1:90", "127.0.0.1:91", "127.0.0.1:92", "127.0.0.1:93"));

        assertThat(owned(ring)).containsExactly(1, 1, 1, 1);
        assertThat(owned(bounded)).containsExactly(2, 1, 2, 1);
    }

    @Test
    void aRetryWalksOnToTheNextEntryOfAnotherEndpoint() {
        Ring ring = new RingHash(12, 8_388_608, EndpointHashing.BY_ADDRESS).ring(SIX);
        PickContext context = new PickContext(new SplittableRandom(1));
        long hash = 5_583_722_120_771_150_861L;
        List<Integer> ports = new ArrayList<>();
        for (int attempt = 0; attempt < 6; attempt++) {
            var endpoint = ring.owner(hash, context);
            context.addTried(endpoint);
            ports.add(endpoint.address().port());
        }

        assertThat(ports).containsExactly(91, 93, 95, 92, 94, 90);
    }

    @Test
    void badSizesAreRefused() {
        assertThatThrownBy(() -> new RingHash(20, 10, EndpointHashing.BY_ADDRESS))
                .hasMessage("minimum_ring_size: 20 (expected: 1..maximum_ring_size 10)");
        assertThatThrownBy(() -> new RingHash(1, 8_388_609, EndpointHashing.BY_ADDRESS))
                .hasMessage("maximum_ring_size: 8388609 (expected: 1..8388608)");
        assertThatThrownBy(() -> new EndpointHashing(false, 99))
                .hasMessage("hash_balance_factor: 99 (expected: 0 or >= 100)");
    }

    private static Candidates named() {
        return candidates(Arrays.stream(new int[] {90, 91, 92, 93, 94, 95})
                .mapToObj(port -> EndpointConfig.of("127.0.0.1:" + port).withHostname("" + port))
                .toArray(EndpointConfig[]::new));
    }

    private static int port(Ring ring, long hash) {
        return ring.owner(hash, new PickContext(new SplittableRandom(1)))
                .address()
                .port();
    }

    private static List<String> entries(Ring ring) {
        List<String> entries = new ArrayList<>();
        for (int i = 0; i < ring.size(); i++) {
            entries.add(90 + ring.owner(i) + " " + Long.toUnsignedString(ring.hash(i)));
        }
        return entries;
    }

    private static int[] owned(Ring ring) {
        int[] owned = new int[4];
        int endpoints = 0;
        for (int i = 0; i < ring.size(); i++) {
            owned[ring.owner(i)]++;
            endpoints = Math.max(endpoints, ring.owner(i) + 1);
        }
        return Arrays.copyOf(owned, endpoints);
    }
}
