package dev.weft.controlplane.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.weft.controlplane.store.Store.ChangeSet;
import dev.weft.controlplane.store.Store.Handle;
import dev.weft.controlplane.store.Store.Lease;
import dev.weft.controlplane.store.Store.LeaseListener;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What leases promise, and what a closed store does. */
public abstract class LeaseContract extends StoreContract {
    private static final LeaseListener NEVER = lease -> {
        throw new AssertionError("re-established as " + lease.id());
    };

    /** The shortest time to live that this kind of store keeps exactly enough. */
    protected abstract Duration timeToLive();

    /** Lets at least so much time pass for leases that are not renewed, or have it pass by itself. */
    protected abstract void pass(Duration time);

    @Test
    void anEntryNamesItsLease() {
        Lease lease = lease();
        write(putting("l/a", "1", lease.id()));
        assertThat(get("l/a").orElseThrow().lease()).isEqualTo(lease.id());
        put("l/a", "2");
        assertThat(get("l/a").orElseThrow().lease()).isZero();
    }

    @Test
    void revokingALeaseDeletesWhatWasWrittenUnderItInOneRevision() throws Exception {
        RecordingWatcher watcher = new RecordingWatcher();
        Lease lease = lease();
        write(putting("l/a", "1", lease.id()));
        write(putting("l/b", "1", lease.id()));
        long start = put("l/c", "1");
        try (Handle watch = store().watch("l/", start, watcher)) {
            assertThat(watch).isNotNull();
            lease.revoke().join();
            assertThat(keys("l/")).containsExactly("l/c");

            ChangeSet set = watcher.nextChanges();
            assertThat(set.changes())
                    .extracting(c -> c.key() + c.after().isPresent())
                    .containsExactly("l/afalse", "l/bfalse");
        }
        lease.revoke().join();
    }

    @Test
    void aLeaseThatIsHeldDoesNotRunOut() {
        Lease lease = lease();
        write(putting("l/a", "1", lease.id()));
        pass(timeToLive().multipliedBy(2));
        assertThat(get("l/a")).isPresent();
    }

    @Test
    void aLeaseThatIsLetGoRunsOutWithWhatWasWrittenUnderIt() {
        Lease lease = lease();
        write(putting("l/a", "1", lease.id()), putting("l/b", "1", lease.id()));
        put("l/c", "1");
        lease.letExpire();
        assertThat(keys("l/")).containsExactly("l/a", "l/b", "l/c");

        pass(timeToLive());
        await().atMost(Duration.ofSeconds(30)).until(() -> keys("l/").equals(List.of("l/c")));
        assertFailsWith(
                StoreException.LeaseLost.class,
                store().commit(once("", putting("l/d", "1", lease.id()))),
                Long.toHexString(lease.id()));
    }

    @Test
    void whatWasPutAgainUnderAnotherLeaseOutlivesTheFirst() {
        Lease first = lease();
        Lease second = lease();
        write(
                putting("l/taken-over", "1", first.id()),
                putting("l/kept", "1", first.id()),
                putting("l/a", "1", first.id()));
        write(putting("l/taken-over", "1", second.id()), putting("l/kept", "1"));
        first.letExpire();

        pass(timeToLive());
        await().atMost(Duration.ofSeconds(30)).until(() -> get("l/a").isEmpty());
        assertThat(keys("l/")).containsExactly("l/kept", "l/taken-over");
    }

    @Test
    void aPutUnderALeaseThatDoesNotExistIsRefusedWhole() {
        assertFailsWith(
                StoreException.LeaseLost.class,
                store().commit(once("lost", putting("l/a", "1"), putting("l/b", "1", 0x7ead))),
                "7ead");
        assertThat(keys("l/")).isEmpty();

        Lease revoked = lease();
        revoked.revoke().join();
        assertFailsWith(
                StoreException.LeaseLost.class, store().commit(once("lost", putting("l/a", "1", revoked.id()))));
    }

    @Test
    void aClosedStoreSaysSo() {
        Store store = store();
        store.close();
        store.close();
        assertFailsWith(StoreException.Unavailable.class, store.range(""), "closed");
        assertFailsWith(StoreException.Unavailable.class, store.get("a"), "closed");
        assertFailsWith(
                StoreException.Unavailable.class,
                store.commit(once("", new Store.Put("a", ByteString.EMPTY, 0))),
                "closed");
        assertFailsWith(StoreException.Unavailable.class, store.lease(timeToLive(), NEVER), "closed");
        assertThatThrownBy(() -> store.watch("", 1, new RecordingWatcher()))
                .isInstanceOf(StoreException.Unavailable.class)
                .hasMessageContaining("closed");
    }

    private Lease lease() {
        return store().lease(timeToLive(), NEVER).join();
    }
}
