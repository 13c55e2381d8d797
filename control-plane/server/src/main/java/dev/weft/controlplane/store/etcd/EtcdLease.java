package dev.weft.controlplane.store.etcd;

import dev.weft.controlplane.store.Store.Lease;
import dev.weft.controlplane.store.Store.LeaseListener;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lease and the virtual thread that renews it, three times in its time to live. Thread-safe.
 *
 * <p>One call each, rather than jetcd's own keep-alive: that one gives up a lease by its own clock, also while etcd still has it.
 */
final class EtcdLease implements Lease, Runnable {
    private static final Logger log = LoggerFactory.getLogger(EtcdLease.class);

    private final EtcdConnection connection;
    private final Executor virtualThreads;
    private final Duration timeToLive;
    private final LeaseListener listener;
    private final CountDownLatch ended = new CountDownLatch(1);

    /** Written by the renewing thread, read by any. */
    private volatile long id;

    EtcdLease(EtcdConnection connection, Executor virtualThreads, Duration timeToLive, LeaseListener listener) {
        this.connection = connection;
        this.virtualThreads = virtualThreads;
        this.timeToLive = timeToLive;
        this.listener = listener;
        this.id = connection
                .ask(client -> client.getLeaseClient().grant(seconds()))
                .getID();
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public void letExpire() {
        ended.countDown();
    }

    @Override
    public CompletableFuture<Void> revoke() {
        ended.countDown();
        return CompletableFuture.runAsync(() -> revoke(id), virtualThreads);
    }

    @Override
    public void run() {
        Duration third = timeToLive.dividedBy(3);
        Duration wait = third;
        while (!endsWithin(wait) && !connection.isClosed()) {
            wait = renew() ? third : third.dividedBy(4);
        }
    }

    private boolean renew() {
        try {
            long present = id;
            connection.call(client -> client.getLeaseClient().keepAliveOnce(present));
            return true;
        } catch (CallFailure failure) {
            if (failure.meaning() == CallFailure.Meaning.LEASE_LOST) {
                return makeAnew();
            }
            log.debug("lease {} not renewed: {}", Long.toHexString(id), failure.text());
            return false;
        }
    }

    private boolean makeAnew() {
        try {
            id = connection
                    .call(client -> client.getLeaseClient().grant(seconds()))
                    .getID();
        } catch (CallFailure failure) {
            log.debug("lease not made anew: {}", failure.text());
            return false;
        }
        if (ended.getCount() == 0) {
            revoke(id);
            return true;
        }
        try {
            listener.reestablished(this);
        } catch (RuntimeException e) {
            log.error("the listener of lease {} failed", Long.toHexString(id), e);
        }
        return true;
    }

    private void revoke(long lease) {
        EtcdConnection.Attempts attempts = connection.new Attempts();
        while (true) {
            try {
                connection.call(client -> client.getLeaseClient().revoke(lease));
                return;
            } catch (CallFailure failure) {
                if (failure.meaning() == CallFailure.Meaning.LEASE_LOST) {
                    return;
                }
                attempts.next(failure);
            }
        }
    }

    private boolean endsWithin(Duration time) {
        try {
            return ended.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** etcd counts in seconds. */
    private long seconds() {
        return Math.max(1, timeToLive.plusMillis(999).toSeconds());
    }
}
