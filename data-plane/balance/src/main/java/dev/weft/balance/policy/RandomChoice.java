package dev.weft.balance.policy;

import dev.weft.balance.BalancingPolicy;
import dev.weft.balance.Candidates;
import dev.weft.balance.Endpoint;
import dev.weft.balance.PickContext;
import dev.weft.balance.Picker;
import java.util.random.RandomGenerator;

/** Immutable. Each pick is independent, with a probability in proportion to weight. */
public record RandomChoice() implements BalancingPolicy {

    @Override
    public Picker compile(Candidates candidates, RandomGenerator random) {
        return new RandomPicker(candidates);
    }

    /** Immutable. */
    private static final class RandomPicker implements Picker {

        /** Draws again this often for a retry before it takes whatever {@code ClusterEndpoints} finds. */
        private static final int REDRAWS = 8;

        private final Candidates candidates;
        private final AliasTable table;

        RandomPicker(Candidates candidates) {
            this.candidates = candidates;
            this.table = AliasTable.ofShares(candidates);
        }

        @Override
        public Endpoint pick(PickContext context) {
            Endpoint drawn = candidates.endpoint(table.draw(context.random()));
            if (context.attempt() > 0) {
                for (int i = 0; i < REDRAWS && context.hasTried(drawn); i++) {
                    drawn = candidates.endpoint(table.draw(context.random()));
                }
            }
            return drawn;
        }
    }
}
