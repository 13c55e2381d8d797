package dev.weft.controlplane.store.etcd;

import io.etcd.jetcd.lease.LeaseGrantResponse;
import java.time.Duration;

/**
 * The lease that idempotency ids are written under. Thread-safe.
 *
 * <p>One serves the writes of ten minutes and lives for twenty, so each id is kept for at least ten; it is never renewed, and made
 * by the first write that needs it: an idle store writes nothing.
 */
final class OnceLease {
    private static final Duration USED = Duration.ofMinutes(10);

    private final EtcdConnection connection;
    private long id;
    private long grantedNanos;

    OnceLease(EtcdConnection connection) {
        this.connection = connection;
    }

    synchronized long id() throws CallFailure {
        if (id == 0 || System.nanoTime() - grantedNanos > USED.toNanos()) {
            grantedNanos = System.nanoTime();
            LeaseGrantResponse granted = connection.call(
                    client -> client.getLeaseClient().grant(USED.multipliedBy(2).toSeconds()));
            id = granted.getID();
        }
        return id;
    }

    /** It has run out early (the machine slept, etcd was restored): the next write makes another. */
    synchronized void lost(long lostId) {
        if (id == lostId) {
            id = 0;
        }
    }
}
