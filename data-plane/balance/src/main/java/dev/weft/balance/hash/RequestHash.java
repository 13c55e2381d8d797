package dev.weft.balance.hash;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Confined to one event loop, reusable: combines the parts of a request's hash key (header values, cookie, source
 * address, query parameter, path) into one hash.
 *
 * <p>Envoy's rule: a part that the request does not have adds nothing; the first part present is the hash itself; each
 * further one gives {@code rotl(hash, 1) ^ next}, so that order matters and two equal parts do not cancel out. A
 * terminal part ends the walk where a hash exists by then. Under {@link HashFunction#XXH64} this is 64 bits wide and
 * equals Envoy's. Under {@link HashFunction#CRC32} it is the same rule 32 bits wide, so that one part gives
 * {@code CRC32(bytes)}, which is what nginx looks up, and the rotation loses no bits; for several parts there is no
 * other implementation to be equal to.
 */
public final class RequestHash {

    private final HashFunction function;
    private long hash;
    private boolean present;

    public RequestHash(HashFunction function) {
        this.function = function;
    }

    public void reset() {
        hash = 0;
        present = false;
    }

    /** Adds the part that these bytes are. */
    public void add(byte[] bytes, int offset, int length) {
        addHash(function.hash(bytes, offset, length));
    }

    /**
     * Adds the part that the bytes of {@code text} are, each of its chars being one: text as it was read from the wire
     * (ISO-8859-1), so that what is hashed is what was sent.
     */
    public void add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        add(bytes, 0, bytes.length);
    }

    /**
     * Adds the one part that several values make, such as a header that occurs more than once. Their order does not
     * matter: they are hashed in ascending order of their bytes, each seeded with the hash of those before it (under
     * CRC32 that is the checksum of all of them as one run of bytes). One value alone is the same as {@link #add}.
     */
    public void addValues(List<byte[]> values) {
        List<byte[]> ascending = new ArrayList<>(values);
        ascending.sort(Arrays::compareUnsigned);
        addHash(function.hashAll(ascending));
    }

    /** Adds a part that was hashed with the same function elsewhere. */
    public void addHash(long next) {
        hash = present ? function.combine(hash, next) : next;
        present = true;
    }

    /** Whether any part was present; after a terminal policy, a true answer means to stop. */
    public boolean isPresent() {
        return present;
    }

    /** The combined hash; meaningless while {@link #isPresent} is false. */
    public long value() {
        return hash;
    }
}
