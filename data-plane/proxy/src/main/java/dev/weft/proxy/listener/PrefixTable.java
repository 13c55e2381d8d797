package dev.weft.proxy.listener;

import dev.weft.proxy.model.CidrRange;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Values by ranges of addresses, of which the longest prefix counts. Immutable. */
final class PrefixTable<V> {
    /** By length, the longest first; ranges of both kinds of addresses are never equal. */
    private final Map<Integer, Map<CidrRange, V>> byBits = new TreeMap<>(Comparator.<Integer>reverseOrder());

    PrefixTable(Map<CidrRange, V> values) {
        values.forEach((range, value) ->
                byBits.computeIfAbsent(range.bits(), bits -> new HashMap<>()).put(range, value));
    }

    V find(InetAddress address, V otherwise) {
        int most = address.getAddress().length * Byte.SIZE;
        for (Map.Entry<Integer, Map<CidrRange, V>> row : byBits.entrySet()) {
            if (row.getKey() <= most) {
                V found = row.getValue().get(new CidrRange(address, row.getKey()));
                if (found != null) {
                    return found;
                }
            }
        }
        return otherwise;
    }
}
