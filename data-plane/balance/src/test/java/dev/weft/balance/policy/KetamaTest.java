package dev.weft.balance.policy;

import static dev.weft.balance.policy.Fixtures.candidates;
import static dev.weft.balance.policy.Fixtures.equal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.balance.Candidates;
import dev.weft.balance.Endpoint;
import dev.weft.balance.EndpointConfig;
import dev.weft.balance.PickContext;
import dev.weft.balance.Picker;
import dev.weft.balance.hash.HashFunction;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KetamaTest {

    private static final SplittableRandom RANDOM = new SplittableRandom(1);

    @Test
    void threeEqualEndpointsGiveTheRingOfTheReference() throws Exception {
        Ring ring = new Ketama().ring(equal("127.0.0.1:7777", "127.0.0.1:7778", "127.0.0.1:7779"));

        assertThat(ring.size()).isEqualTo(480);
        assertThat(digest(ring)).isEqualTo("32a28460a49754dcfb4af9858063aaaee61f1ce17fb655d1c0f10a9a548d5311");
    }

    @Test
    void weightsOneTwoThreeGiveTheRingOfTheReference() throws Exception {
        Ring ring = new Ketama()
                .ring(candidates(
                        EndpointConfig.of("127.0.0.1:12345").withWeight(1),
                        EndpointConfig.of("127.0.0.2:12345").withWeight(2),
                        EndpointConfig.of("127.0.0.3:12345").withWeight(3)));

        assertThat(ring.size()).isEqualTo(960);
        assertThat(digest(ring)).isEqualTo("8470fa71f5803042e7f562a789e4fd7334ea3cd1679bb9a9d912e90679ab8cec");
    }

    @Test
    void theChainOfPointsBeginsAsInTheReference() {
        Ring ring = new Ketama().ring(equal("127.0.0.1:7777"));
        assertThat(hashes(ring)).contains(0x323bd7a0L, 0x03f353a8L, 0x72869567L, 0xbcc04ddcL);
    }

    @Test
    void theWalkOfDoghashVisitsThePointsOfTheReference() {
        Ring ring = new Ketama().ring(equal("127.0.0.1:7777", "127.0.0.1:7778", "127.0.0.1:7779"));
        long hash = HashFunction.CRC32.hash("doghash");
        int start = ring.at(hash);
        int[] ports = new int[8];
        Arrays.setAll(ports, i -> 7777 + ring.owner((start + i) % ring.size()));

        assertThat(hash).isEqualTo(0xc0d91cfeL);
        assertThat(ports).containsExactly(7778, 7779, 7779, 7777, 7777, 7778, 7778, 7779);
    }

    @Test
    void pathsLandWhereTheReferenceSays() {
        Picker picker = new Ketama().compile(equal("127.0.0.1:7777", "127.0.0.1:7778"), RANDOM);

        assertThat(pick(picker, "/some/path").address().port()).isEqualTo(7778);
        assertThat(pick(picker, "/some/longer/path").address().port()).isEqualTo(7777);
    }

    @Test
    void ipv6IsHashedWithoutBracketsAsInPingoraAndWithThemAsInNginx() {
        Ring plain = new Ketama().ring(equal("[2001:DB8::1]:80"));
        Ring bracketed = new Ketama(true).ring(equal("[2001:db8::1]:80"));

        assertThat(hashes(plain)).contains(HashFunction.CRC32.hash("2001:db8::1\0" + "80\0\0\0\0"));
        assertThat(hashes(bracketed)).contains(HashFunction.CRC32.hash("[2001:db8::1]\0" + "80\0\0\0\0"));
    }

    @Test
    void weightsThatNoMemoryIsWorthAreScaledDown() {
        Candidates unequal = candidates(
                EndpointConfig.of("127.0.0.1:1").withWeight(Integer.MAX_VALUE),
                EndpointConfig.of("127.0.0.1:2").withWeight(1));
        Ring ring = new Ketama().ring(unequal, 10_000);

        assertThat(ring.size()).isBetween(9_990, 10_001);
        assertThat(IntStream.range(0, ring.size()).map(ring::owner).distinct()).containsExactlyInAnyOrder(0, 1);
    }

    private static List<Long> hashes(Ring ring) {
        List<Long> hashes = new ArrayList<>();
        for (int i = 0; i < ring.size(); i++) {
            hashes.add(ring.hash(i));
        }
        return hashes;
    }

    private static Endpoint pick(Picker picker, String key) {
        PickContext context = new PickContext(RANDOM);
        context.hash(HashFunction.CRC32.hash(key));
        return picker.pick(context);
    }

    private static String digest(Ring ring) throws NoSuchAlgorithmException {
        ByteBuffer bytes = ByteBuffer.allocate(ring.size() * 6).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < ring.size(); i++) {
            bytes.putInt((int) ring.hash(i)).putShort((short) ring.owner(i));
        }
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
    }
}
