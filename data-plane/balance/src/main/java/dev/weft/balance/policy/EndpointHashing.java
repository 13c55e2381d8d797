package dev.weft.balance.policy;

import dev.weft.balance.Candidates;
import dev.weft.balance.Endpoint;
import dev.weft.balance.Picker;

/**
 * Immutable. What ring hash and Maglev have in common.
 *
 * @param useHostname hash an endpoint's host name in place of its address, where it has one; an endpoint's own hash key
 *     comes before both
 * @param balanceFactorPercent an endpoint may have this many percent of the average of active requests before its keys
 *     go elsewhere; 0 for no bound, else {@code >= 100}
 */
public record EndpointHashing(boolean useHostname, int balanceFactorPercent) {

    /** By address, without a bound. */
    public static final EndpointHashing BY_ADDRESS = new EndpointHashing(false, 0);

    public EndpointHashing {
        if (balanceFactorPercent != 0 && balanceFactorPercent < 100) {
            throw new IllegalArgumentException(
                    "hash_balance_factor: " + balanceFactorPercent + " (expected: 0 or >= 100)");
        }
    }

    String key(Endpoint endpoint) {
        String own = endpoint.config().hashKey();
        if (own != null && !own.isEmpty()) {
            return own;
        }
        String hostname = endpoint.hostname();
        return useHostname && hostname != null && !hostname.isEmpty()
                ? hostname
                : endpoint.address().toString();
    }

    Picker picker(HashLookup lookup, Candidates candidates) {
        return new HashPicker(
                balanceFactorPercent == 0 ? lookup : new BoundedLoad(lookup, candidates, balanceFactorPercent));
    }
}
