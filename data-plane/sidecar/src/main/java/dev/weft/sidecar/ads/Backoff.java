package dev.weft.sidecar.ads;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential backoff with full jitter: each delay is drawn from zero to a ceiling that doubles, so that sidecars which lost the
 * same control plane do not come back together. Confined to the configuration's thread.
 */
final class Backoff {
    private static final Duration FIRST_CEILING = Duration.ofMillis(500);
    /**
     * Below the 5 s for which a control plane that comes back after an outage of all leaves nodes with what they have, so that
     * everyone has registered again before anyone is told of absences.
     */
    private static final Duration LAST_CEILING = Duration.ofSeconds(4);

    private final RandomGenerator random;
    private Duration ceiling = FIRST_CEILING;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    Duration next() {
        Duration delay = Duration.ofNanos((long) (random.nextDouble() * ceiling.toNanos()));
        Duration doubled = ceiling.plus(ceiling);
        ceiling = doubled.compareTo(LAST_CEILING) > 0 ? LAST_CEILING : doubled;
        return delay;
    }

    void reset() {
        ceiling = FIRST_CEILING;
    }
}
