package dev.weft.balance.policy;

import dev.weft.balance.Candidates;
import dev.weft.balance.Endpoint;
import dev.weft.balance.PickContext;
import java.util.Arrays;

/**
 * Thread-safe: immutable, reads the endpoints' counters. Consistent hashing that does not overload an endpoint because
 * its keys are popular.
 *
 * <p>It optimises for both affinity and balance: an endpoint may have {@code factor / 100} times its share of all active
 * requests, counting the one that is being placed, and at least one. Where the endpoint of a key is full, the others
 * are tried in an order that is random but the same for the same hash, so that keys that overflow have a second home and
 * do not all flood the next endpoint of the ring. Where all are full, the least full one relative to its bound takes the
 * request. Inputs are active requests per endpoint, over all loops of this proxy, and static shares. A pick that finds
 * its endpoint full is linear in the number of endpoints and allocates the order. Sources: V. Mirrokni et al.,
 * "Consistent Hashing with Bounded Loads", arXiv 1608.01350; J. Chen et al., "Revisiting Consistent Hashing with Bounded
 * Loads", arXiv 1908.08762 (the random jumps); Envoy {@code BoundedLoadHashingLoadBalancer}, whose order (mt19937 seeded
 * with the hash, a Fisher-Yates shuffle) is repeated here, so that a key's second home is the same as Envoy's.
 */
final class BoundedLoad implements HashLookup {

    private final HashLookup homes;
    private final Candidates candidates;
    private final int factorPercent;

    BoundedLoad(HashLookup homes, Candidates candidates, int factorPercent) {
        this.homes = homes;
        this.candidates = candidates;
        this.factorPercent = factorPercent;
    }

    @Override
    public Endpoint owner(long hash, PickContext context) {
        Endpoint home = homes.owner(hash, context);
        long active = 0;
        int homeIndex = 0;
        for (int i = 0; i < candidates.size(); i++) {
            active += candidates.endpoint(i).activeRequests();
            if (candidates.endpoint(i).equals(home)) {
                homeIndex = i;
            }
        }
        double load = load(homeIndex, active);
        return load <= 1.0 ? home : elsewhere(homeIndex, load, active, hash, context);
    }

    /** Active requests in relation to how many the endpoint may have. */
    private double load(int index, long allActive) {
        long slotsOfAll = ((allActive + 1) * factorPercent + 99) / 100;
        double slots = Math.max(Math.ceil(slotsOfAll * candidates.staticShare(index)), 1);
        return candidates.endpoint(index).activeRequests() / slots;
    }

    private Endpoint elsewhere(int home, double homeLoad, long active, long hash, PickContext context) {
        int size = candidates.size();
        int[] order = new int[size];
        Arrays.setAll(order, i -> i);
        MersenneTwister random = new MersenneTwister((int) hash);
        int best = home;
        double bestLoad = homeLoad;
        boolean bestTried = context.hasTried(candidates.endpoint(home));
        for (int i = 0; i < size; i++) {
            int other = i + random.nextBelow(size - i);
            int index = order[other];
            order[other] = order[i];
            order[i] = index;
            boolean tried = context.hasTried(candidates.endpoint(index));
            if (index == home || (tried && !bestTried)) {
                continue;
            }
            double load = load(index, active);
            if (load <= 1.0 && !tried) {
                return candidates.endpoint(index);
            }
            if (load < bestLoad || (bestTried && !tried)) {
                best = index;
                bestLoad = load;
                bestTried = tried;
            }
        }
        return candidates.endpoint(best);
    }
}
