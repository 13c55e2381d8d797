package dev.weft.controlplane.store.etcd;

import static org.awaitility.Awaitility.await;

import dev.weft.controlplane.store.LeaseContract;
import dev.weft.controlplane.store.Store;
import dev.weft.controlplane.store.TransactionContract;
import dev.weft.controlplane.store.WatchContract;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** All tests share one etcd; each has a prefix of its own. */
final class EtcdStoreContractTest {
    private static final AtomicInteger tests = new AtomicInteger();
    private static EtcdProcess etcd;

    private EtcdStore store;

    @BeforeAll
    static void startEtcd() throws IOException {
        etcd = EtcdProcess.startOrSkip();
    }

    @AfterAll
    static void stopEtcd() {
        if (etcd != null) {
            etcd.close();
        }
    }

    @BeforeEach
    void open() {
        store = EtcdStore.open(etcd.options().withPrefix("/test-" + tests.incrementAndGet() + "/"));
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Nested
    final class Transactions extends TransactionContract {
        @Override
        protected Store store() {
            return store;
        }
    }

    @Nested
    final class Watches extends WatchContract {
        @Override
        protected Store store() {
            return store;
        }
    }

    @Nested
    final class Leases extends LeaseContract {
        @Override
        protected Store store() {
            return store;
        }

        @Override
        protected Duration timeToLive() {
            return Duration.ofSeconds(2);
        }

        @Override
        protected void pass(Duration time) {
            await().pollDelay(time).until(() -> true);
        }
    }
}
