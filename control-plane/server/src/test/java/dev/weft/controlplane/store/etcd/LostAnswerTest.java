package dev.weft.controlplane.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.weft.controlplane.store.Store.Committed;
import dev.weft.controlplane.store.Store.Delete;
import dev.weft.controlplane.store.Store.Entry;
import dev.weft.controlplane.store.Store.Expect;
import dev.weft.controlplane.store.Store.Outcome;
import dev.weft.controlplane.store.Store.Put;
import dev.weft.controlplane.store.Store.Refused;
import dev.weft.controlplane.store.Store.Transaction;
import dev.weft.controlplane.store.Store.Write;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** A transaction whose answer does not come: it is done once or not at all, and its caller is told which. */
final class LostAnswerTest {
    private static EtcdProcess etcd;

    private FaultyLink link;
    private EtcdStore store;
    private EtcdStore direct;

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
    void connect(TestInfo test) throws IOException {
        String prefix = "/" + test.getTestMethod().orElseThrow().getName() + "/";
        link = new FaultyLink(etcd.endpoint());
        store = EtcdStore.open(link.options().withPrefix(prefix));
        direct = EtcdStore.open(etcd.options().withPrefix(prefix));
        store.commit(transaction(List.of(), "", put("warm", "up"))).join();
    }

    @AfterEach
    void disconnect() {
        store.close();
        direct.close();
        link.close();
    }

    @Test
    void aCommitWhoseAnswerIsLostIsNotAppliedTwice() {
        link.swallowAnswers();
        CompletableFuture<Outcome> outcome = store.commit(transaction(List.of(), "", put("a", "1")));
        await().until(() -> direct.get("a").join().isPresent());
        Entry written = direct.get("a").join().orElseThrow();
        link.cut();

        assertThat(outcome.join()).isEqualTo(new Committed(written.modRevision(), false));
        assertThat(direct.get("a").join()).contains(written);
    }

    @Test
    void aCommitWhoseAnswerIsLostSucceededThoughItsExpectationNoLongerHolds() {
        link.swallowAnswers();
        CompletableFuture<Outcome> outcome =
                store.commit(transaction(List.of(new Expect("a", 0)), "create-a", put("a", "1")));
        await().until(() -> direct.get("a").join().isPresent());
        direct.commit(transaction(List.of(), "", put("a", "2"))).join();
        link.cut();

        assertThat(outcome.join()).isInstanceOf(Committed.class);
        assertThat(direct.get("a").join().orElseThrow().value().toStringUtf8()).isEqualTo("2");
    }

    @Test
    void anAttemptThatArrivesAfterItsRefusalWasToldIsKeptOut() {
        link.holdRequests();
        CompletableFuture<Outcome> outcome =
                store.commit(transaction(List.of(new Expect("a", 0)), "", put("a", "late")));
        await().until(() -> link.holds("late") && link.holds("/committed"));
        Committed other = (Committed)
                direct.commit(transaction(List.of(), "", put("a", "other"))).join();
        link.cutStoresSide();
        assertThat(outcome.join()).isEqualTo(new Refused(new Expect("a", 0), other.revision()));

        direct.commit(transaction(List.of(), "", new Delete("a"))).join();
        link.releaseHeld();
        await().during(Duration.ofMillis(700))
                .atMost(Duration.ofSeconds(10))
                .until(() -> direct.get("a").join().isEmpty());
    }

    private static Transaction transaction(List<Expect> expectations, String id, Write write) {
        return new Transaction(expectations, List.of(write), id);
    }

    private static Put put(String key, String value) {
        return new Put(key, ByteString.copyFromUtf8(value), 0);
    }
}
