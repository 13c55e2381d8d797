package dev.weft.controlplane.store.etcd;

import dev.weft.controlplane.store.Store.Committed;
import dev.weft.controlplane.store.Store.Delete;
import dev.weft.controlplane.store.Store.Expect;
import dev.weft.controlplane.store.Store.Outcome;
import dev.weft.controlplane.store.Store.Put;
import dev.weft.controlplane.store.Store.Refused;
import dev.weft.controlplane.store.Store.Transaction;
import dev.weft.controlplane.store.Store.Write;
import dev.weft.controlplane.store.StoreException;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Commits, exactly once. Thread-safe; blocks.
 *
 * <p>A transaction whose answer is lost may have been committed, may yet be, or not. So each one writes its idempotency id too, on
 * the condition that the id is not there: to learn the outcome is to send the same transaction again. Should the repeat be refused
 * for an expectation, the lost attempt could still arrive late and be committed after the refusal was told; a fence, which every
 * attempt also checks, keeps it out.
 */
final class EtcdTransactions {
    /** The default of etcd's --max-txn-ops. */
    private static final int OPERATIONS = 128;

    private static final int CHUNK = OPERATIONS / 2;

    private final EtcdConnection connection;
    private final EtcdKeys keys;
    private final InstantSource clock;
    private final OnceLease onceLease;

    EtcdTransactions(EtcdConnection connection, EtcdKeys keys, InstantSource clock) {
        this.connection = connection;
        this.keys = keys;
        this.clock = clock;
        this.onceLease = new OnceLease(connection);
    }

    Outcome commit(Transaction transaction) {
        String nonce = UUID.randomUUID().toString();
        String id = transaction.idempotencyId().isEmpty() ? nonce : transaction.idempotencyId();
        EtcdConnection.Attempts attempts = connection.new Attempts();
        boolean unclear = false;
        while (true) {
            long lease = 0;
            try {
                lease = onceLease.id();
                TxnResponse answer = attempt(transaction, id, nonce, lease);
                Outcome outcome = outcome(transaction, nonce, answer);
                return unclear && outcome instanceof Refused ? fenced(outcome, id, nonce, lease) : outcome;
            } catch (CallFailure failure) {
                unclear |= failure.meaning() == CallFailure.Meaning.UNCLEAR && lease != 0;
                switch (failure.meaning()) {
                    case LEASE_LOST -> {
                        checkLeases(transaction.writes());
                        onceLease.lost(lease);
                    }
                    case TOO_MANY_OPERATIONS -> throw tooMany(transaction);
                    case UNCLEAR, NOT_DONE, TOO_LARGE, NO_SPACE, COMPACTED, FUTURE, REFUSED -> attempts.next(failure);
                }
            }
        }
    }

    private TxnResponse attempt(Transaction transaction, String id, String nonce, long lease) throws CallFailure {
        List<Cmp> conditions = new ArrayList<>();
        conditions.add(absent(keys.once(id)));
        conditions.add(absent(keys.fence(nonce)));
        List<Op> reads = new ArrayList<>();
        reads.add(Op.get(keys.once(id), GetOption.DEFAULT));
        for (Expect expect : transaction.expectations()) {
            ByteSequence key = keys.data(expect.key());
            conditions.add(new Cmp(key, Cmp.Op.EQUAL, CmpTarget.modRevision(expect.modRevision())));
            reads.add(Op.get(key, GetOption.builder().withKeysOnly(true).build()));
        }
        List<Op> writes = new ArrayList<>();
        for (Write write : transaction.writes()) {
            writes.add(
                    switch (write) {
                        case Put put ->
                            Op.put(
                                    keys.data(put.key()),
                                    ByteSequence.from(put.value()),
                                    PutOption.builder().withLeaseId(put.lease()).build());
                        case Delete delete -> Op.delete(keys.data(delete.key()), DeleteOption.DEFAULT);
                    });
        }
        if (!writes.isEmpty() || !transaction.idempotencyId().isEmpty()) {
            PutOption kept = PutOption.builder().withLeaseId(lease).build();
            writes.add(Op.put(keys.once(id), EtcdKeys.sequence(nonce), kept));
            writes.add(Op.put(keys.committed(), EtcdKeys.sequence(String.valueOf(clock.millis())), PutOption.DEFAULT));
        }
        return connection.call(client -> client.getKVClient()
                .txn()
                .If(conditions.toArray(Cmp[]::new))
                .Then(nested(writes))
                .Else(reads.toArray(Op[]::new))
                .commit());
    }

    /**
     * etcd bounds the operations at each level of a transaction, not their sum: what is too long for one level becomes
     * unconditional transactions inside it, which are part of the same commit and the same revision. A level may hold what the
     * levels above it have left of the bound, so chunks of half the bound go furthest.
     */
    private static Op[] nested(List<Op> writes) {
        if (writes.size() <= OPERATIONS) {
            return writes.toArray(Op[]::new);
        }
        List<Op> chunks = new ArrayList<>();
        for (int from = 0; from < writes.size(); from += CHUNK) {
            List<Op> chunk = writes.subList(from, Math.min(from + CHUNK, writes.size()));
            chunks.add(Op.txn(new Cmp[0], chunk.toArray(Op[]::new), new Op[0]));
        }
        return chunks.toArray(Op[]::new);
    }

    private static Outcome outcome(Transaction transaction, String nonce, TxnResponse answer) throws CallFailure {
        if (answer.isSucceeded()) {
            return new Committed(answer.getHeader().getRevision(), false);
        }
        List<GetResponse> reads = answer.getGetResponses();
        if (!reads.getFirst().getKvs().isEmpty()) {
            return committed(reads.getFirst().getKvs().getFirst(), nonce);
        }
        for (int i = 0; i < transaction.expectations().size(); i++) {
            Expect expect = transaction.expectations().get(i);
            List<KeyValue> found = reads.get(i + 1).getKvs();
            long actual = found.isEmpty() ? 0 : found.getFirst().getModRevision();
            if (actual != expect.modRevision()) {
                return new Refused(expect, actual);
            }
        }
        throw new IllegalStateException("etcd refused a transaction whose conditions all hold");
    }

    /** Found by its id: by an attempt of this very call whose answer was lost, or by an earlier call. */
    private static Committed committed(KeyValue once, String nonce) {
        boolean repeated = !EtcdKeys.value(once.getValue()).toStringUtf8().equals(nonce);
        return new Committed(once.getModRevision(), repeated);
    }

    private Outcome fenced(Outcome refused, String id, String nonce, long lease) throws CallFailure {
        TxnResponse answer = connection.call(client -> client.getKVClient()
                .txn()
                .If(absent(keys.once(id)))
                .Then(Op.put(
                        keys.fence(nonce),
                        ByteSequence.EMPTY,
                        PutOption.builder().withLeaseId(lease).build()))
                .Else(Op.get(keys.once(id), GetOption.DEFAULT))
                .commit());
        return answer.isSucceeded()
                ? refused
                : committed(answer.getGetResponses().getFirst().getKvs().getFirst(), nonce);
    }

    /** etcd does not say which lease is missing. */
    private void checkLeases(List<Write> writes) {
        for (Write write : writes) {
            if (write instanceof Put put && put.lease() != 0) {
                long left = connection
                        .ask(client -> client.getLeaseClient().timeToLive(put.lease(), LeaseOption.DEFAULT))
                        .getTTL();
                if (left <= 0) {
                    throw new StoreException.LeaseLost(put.lease());
                }
            }
        }
    }

    private StoreException.TooLarge tooMany(Transaction transaction) {
        return new StoreException.TooLarge(connection.description() + ": the transaction has "
                + transaction.writes().size() + " writes and "
                + transaction.expectations().size()
                + " expectations; with etcd's default of 128 operations (--max-txn-ops) about 4000 writes and 60 expectations"
                + " fit: raise it on every member, or apply in parts");
    }

    private static Cmp absent(ByteSequence key) {
        return new Cmp(key, Cmp.Op.EQUAL, CmpTarget.version(0));
    }
}
