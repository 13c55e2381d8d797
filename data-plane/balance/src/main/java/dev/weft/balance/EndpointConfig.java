package dev.weft.balance;

import org.jspecify.annotations.Nullable;

/**
 * Immutable. One endpoint as configuration declares it.
 *
 * @param address where it listens; its identity within a cluster
 * @param hostname the name it was found under (DNS, or given), hashed instead of the address where a ring is told to
 * @param weight its share beside the others of its locality, {@code >= 0}; 0 drains it
 * @param priority 0 is used first, the next ones as failover
 * @param locality where it runs
 * @param localityWeight the share of its locality within the priority, the same for all of that locality; used only
 *     where a cluster balances by locality
 * @param hashKey the text that rings hash for this endpoint in place of its address
 * @param health what the configuration knows of its health
 */
public record EndpointConfig(
        Address address,
        @Nullable String hostname,
        int weight,
        int priority,
        Locality locality,
        int localityWeight,
        @Nullable String hashKey,
        DeclaredHealth health) {

    public EndpointConfig {
        if (weight < 0) {
            throw new IllegalArgumentException("weight of " + address + ": " + weight + " (expected: >= 0)");
        }
        if (priority < 0) {
            throw new IllegalArgumentException("priority of " + address + ": " + priority + " (expected: >= 0)");
        }
        if (localityWeight < 0) {
            throw new IllegalArgumentException(
                    "locality_weight of " + address + ": " + localityWeight + " (expected: >= 0)");
        }
    }

    /** A healthy endpoint of weight 1 and priority 0, nothing else known. */
    public static EndpointConfig of(Address address) {
        return new EndpointConfig(address, null, 1, 0, Locality.UNKNOWN, 1, null, DeclaredHealth.HEALTHY);
    }

    /** {@link #of(Address)} of {@link Address#parse}. */
    public static EndpointConfig of(String hostAndPort) {
        return of(Address.parse(hostAndPort));
    }

    public EndpointConfig withHostname(@Nullable String newHostname) {
        return new EndpointConfig(address, newHostname, weight, priority, locality, localityWeight, hashKey, health);
    }

    public EndpointConfig withWeight(int newWeight) {
        return new EndpointConfig(address, hostname, newWeight, priority, locality, localityWeight, hashKey, health);
    }

    public EndpointConfig withPriority(int newPriority) {
        return new EndpointConfig(address, hostname, weight, newPriority, locality, localityWeight, hashKey, health);
    }

    public EndpointConfig withLocality(Locality newLocality, int newLocalityWeight) {
        return new EndpointConfig(address, hostname, weight, priority, newLocality, newLocalityWeight, hashKey, health);
    }

    public EndpointConfig withHashKey(@Nullable String newHashKey) {
        return new EndpointConfig(address, hostname, weight, priority, locality, localityWeight, newHashKey, health);
    }

    public EndpointConfig withHealth(DeclaredHealth newHealth) {
        return new EndpointConfig(address, hostname, weight, priority, locality, localityWeight, hashKey, newHealth);
    }
}
