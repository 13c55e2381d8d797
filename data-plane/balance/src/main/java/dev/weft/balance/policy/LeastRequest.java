package dev.weft.balance.policy;

import dev.weft.balance.BalancingPolicy;
import dev.weft.balance.Candidates;
import dev.weft.balance.Endpoint;
import dev.weft.balance.PickContext;
import dev.weft.balance.Picker;
import java.util.random.RandomGenerator;

/**
 * Immutable. The less busy one of a few random endpoints.
 *
 * <p>It keeps queues short without looking at every endpoint: two choices bring the longest queue from about
 * {@code log n} down to {@code log log n}, and stale or concurrent readings do little harm because the draw differs each
 * time (M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001). Input is each endpoint's
 * active requests, counted over all loops, and its share. The best of the drawn is the one with the highest
 * {@code weight / (active + 1)}, Envoy's measure. Endpoints of different weight are drawn in proportion to weight, and
 * where all drawn ones are idle the first draw stands: at low load, traffic is in proportion to weight, and the measure
 * decides only where there is load to compare.
 *
 * @param choices how many are drawn, {@code >= 2}
 */
public record LeastRequest(int choices) implements BalancingPolicy {

    public LeastRequest {
        if (choices < 2) {
            throw new IllegalArgumentException("choice_count: " + choices + " (expected: >= 2)");
        }
    }

    /** Two choices. */
    public LeastRequest() {
        this(2);
    }

    @Override
    public Picker compile(Candidates candidates, RandomGenerator random) {
        return new LeastRequestPicker(candidates, choices);
    }

    /** Thread-safe: immutable, reads the endpoints' counters. */
    private static final class LeastRequestPicker implements Picker {

        private final Candidates candidates;
        private final int choices;
        private final AliasTable table;

        LeastRequestPicker(Candidates candidates, int choices) {
            this.candidates = candidates;
            this.choices = choices;
            this.table = AliasTable.ofShares(candidates);
        }

        @Override
        public Endpoint pick(PickContext context) {
            int size = candidates.size();
            int best = table.draw(context.random());
            if (size == 1) {
                return candidates.endpoint(best);
            }
            int previous = best;
            boolean allIdle = candidates.endpoint(best).activeRequests() == 0;
            for (int i = 1; i < choices; i++) {
                int drawn = table.draw(context.random());
                if (drawn == previous && table.isUniform()) {
                    drawn = (drawn + 1 + context.random().nextInt(size - 1)) % size; // one twice is no choice
                }
                previous = drawn;
                allIdle &= candidates.endpoint(drawn).activeRequests() == 0;
                best = better(best, drawn, allIdle, context);
            }
            return candidates.endpoint(best);
        }

        private int better(int best, int drawn, boolean allIdle, PickContext context) {
            if (context.attempt() > 0) {
                boolean bestTried = context.hasTried(candidates.endpoint(best));
                if (bestTried != context.hasTried(candidates.endpoint(drawn))) {
                    return bestTried ? drawn : best;
                }
            }
            return !allIdle && score(drawn) > score(best) ? drawn : best;
        }

        private double score(int index) {
            return candidates.share(index) / (candidates.endpoint(index).activeRequests() + 1.0);
        }
    }
}
