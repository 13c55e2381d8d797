package dev.weft.balance.policy;

import dev.weft.balance.BalancingPolicy;
import dev.weft.balance.Candidates;
import dev.weft.balance.Endpoint;
import dev.weft.balance.PickContext;
import dev.weft.balance.Picker;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/** Immutable. Endpoints in turn, each as often as its weight says, evenly spread over the rotation. */
public record RoundRobin() implements BalancingPolicy {

    @Override
    public Picker compile(Candidates candidates, RandomGenerator random) {
        return new RotationPicker(candidates, Rotation.ofShares(candidates), random.nextInt());
    }

    /**
     * Thread-safe: one counter for all loops, because a rotation per loop would send the first requests of all loops to
     * one endpoint. It starts at a random place, so that proxies that start together do not do that either.
     */
    private static final class RotationPicker implements Picker {

        private final Candidates candidates;
        private final int[] rotation;
        private final AtomicInteger turn;

        RotationPicker(Candidates candidates, int[] rotation, int start) {
            this.candidates = candidates;
            this.rotation = rotation;
            this.turn = new AtomicInteger(start);
        }

        @Override
        public Endpoint pick(PickContext context) {
            Endpoint next = next();
            if (context.attempt() > 0) {
                for (int i = 1; i < candidates.size() && context.hasTried(next); i++) {
                    next = next();
                }
            }
            return next;
        }

        private Endpoint next() {
            return candidates.endpoint(rotation[Integer.remainderUnsigned(turn.getAndIncrement(), rotation.length)]);
        }
    }
}
