package dev.weft.controlplane.store.embedded;

import dev.weft.controlplane.store.LeaseContract;
import dev.weft.controlplane.store.Store;
import dev.weft.controlplane.store.TransactionContract;
import dev.weft.controlplane.store.WatchContract;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedStoreContractTest {
    private final AtomicLong nanos = new AtomicLong();
    private EmbeddedStore store;

    @BeforeEach
    void open(@TempDir Path directory) {
        store = EmbeddedStore.open(directory, new EmbeddedOptions(10_000, InstantSource.system(), nanos::get));
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
            return Duration.ofSeconds(10);
        }

        @Override
        protected void pass(Duration time) {
            nanos.addAndGet(time.toNanos());
            store.wake().join();
        }
    }
}
