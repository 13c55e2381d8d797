package dev.weft.controlplane.store.embedded;

import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * Immutable.
 *
 * @param retainedRevisions how many revisions can be read back and watched from; older ones are compacted
 * @param clock tells when a revision was committed, and how long an idempotency id is kept
 * @param nanoTime runs leases out; unlike the clock it never jumps
 */
public record EmbeddedOptions(long retainedRevisions, InstantSource clock, LongSupplier nanoTime) {
    public static final EmbeddedOptions DEFAULT = new EmbeddedOptions(10_000, InstantSource.system(), System::nanoTime);

    public EmbeddedOptions {
        if (retainedRevisions < 1) {
            throw new IllegalArgumentException("retained_revisions: " + retainedRevisions + " (expected: >= 1)");
        }
    }

    public EmbeddedOptions withRetainedRevisions(long revisions) {
        return new EmbeddedOptions(revisions, clock, nanoTime);
    }
}
