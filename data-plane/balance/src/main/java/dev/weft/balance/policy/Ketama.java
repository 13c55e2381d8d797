package dev.weft.balance.policy;

import dev.weft.balance.Address;
import dev.weft.balance.BalancingPolicy;
import dev.weft.balance.Candidates;
import dev.weft.balance.Endpoint;
import dev.weft.balance.Picker;
import dev.weft.balance.hash.HashFunction;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Immutable. Consistent hashing, bit for bit as nginx ({@code hash … consistent}) and Pingora build it, so that a key
 * lands on the same endpoint whichever of these proxies looks it up.
 *
 * <p>It optimises for keys that stay where they are: where one of n endpoints goes, only its keys move. Each endpoint
 * owns 160 points per unit of weight on a ring of unsigned 32-bit hashes. Point {@code k} is
 * {@code CRC32(ip ‖ 0 ‖ port ‖ LE32(point k-1))}, the one before the first being 0; ip is the address as text, port in
 * decimal. A request's hash is the CRC32 of its key's bytes, and it belongs to the owner of the first point that is
 * not below it, past the last to that of the first. Where points of two endpoints collide, the smaller address owns it,
 * whatever the order of the list. Retries walk clockwise over distinct endpoints. Only weights matter, not localities.
 *
 * <p>Sources: nginx {@code ngx_http_upstream_hash_module.c}, Pingora {@code pingora-ketama}; the points follow from the
 * ones of the Perl module Cache::Memcached::Fast. The name is that of Last.fm's libketama (R. Jones, 2007).
 *
 * @param bracketIpv6 hash an IPv6 address with brackets, as nginx does (it hashes the configured text); without them it
 *     is as in Pingora
 */
public record Ketama(boolean bracketIpv6) implements BalancingPolicy {

    private static final int POINTS_PER_WEIGHT = 160;

    /** About 25 MB; a ring that would be larger is scaled down, and only such a ring differs from nginx's. */
    private static final long LARGEST_RING = 2_097_152;

    private static final VarHandle LITTLE_ENDIAN_INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** As in Pingora: IPv6 without brackets. */
    public Ketama() {
        this(false);
    }

    @Override
    public Picker compile(Candidates candidates, RandomGenerator random) {
        Ring ring = ring(candidates);
        // The ring is 32 bits wide; a random hash, drawn where a request has none, is not.
        return new HashPicker((hash, context) -> ring.owner(hash & 0xFFFF_FFFFL, context));
    }

    @Override
    public HashFunction hashFunction() {
        return HashFunction.CRC32;
    }

    @Override
    public boolean usesHash() {
        return true;
    }

    Ring ring(Candidates candidates) {
        return ring(candidates, LARGEST_RING);
    }

    Ring ring(Candidates candidates, long largestRing) {
        double scale = Math.min(1.0, largestRing / (double) points(candidates));
        Ring.Builder ring = new Ring.Builder(candidates, Integer.SIZE);
        for (int i = 0; i < candidates.size(); i++) {
            Endpoint endpoint = candidates.endpoint(i);
            long points = Math.max(1, (long) (scale * POINTS_PER_WEIGHT * endpoint.weight()));
            byte[] text = baseText(endpoint.address());
            byte[] link = Arrays.copyOf(text, text.length + Integer.BYTES);
            int previous = 0;
            for (long k = 0; k < points; k++) {
                LITTLE_ENDIAN_INT.set(link, text.length, previous);
                previous = (int) HashFunction.CRC32.hash(link, 0, link.length);
                ring.add(Integer.toUnsignedLong(previous), i);
            }
        }
        return ring.buildDistinct();
    }

    private static long points(Candidates candidates) {
        long points = 0;
        for (int i = 0; i < candidates.size(); i++) {
            points += (long) POINTS_PER_WEIGHT * candidates.weight(i);
        }
        return points;
    }

    private byte[] baseText(Address address) {
        String host = bracketIpv6 && address.isIpv6() ? "[" + address.host() + "]" : address.host();
        return (host + '\0' + address.port()).getBytes(StandardCharsets.UTF_8);
    }
}
