package dev.weft.controlplane.store.etcd;

import com.google.protobuf.ByteString;
import dev.weft.controlplane.store.Store.Entry;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;

/**
 * What is where in etcd. Immutable.
 *
 * <pre>
 * /weft/data/KEY     what the store's user wrote
 * /weft/committed    when the latest transaction was committed, in each transaction: its past values date every revision
 * /weft/once/ID      transactions of the last ten minutes, under a lease: which revision an idempotency id has made
 * /weft/fence/NONCE  attempts that were given up and must not be committed late, under the same lease
 * </pre>
 */
final class EtcdKeys {
    private final String prefix;

    EtcdKeys(String prefix) {
        this.prefix = prefix;
    }

    ByteSequence data(String key) {
        return sequence(prefix + "data/" + key);
    }

    ByteSequence committed() {
        return sequence(prefix + "committed");
    }

    ByteSequence once(String id) {
        return sequence(prefix + "once/" + id);
    }

    ByteSequence fence(String nonce) {
        return sequence(prefix + "fence/" + nonce);
    }

    /** Above all keys that begin like this one: the last byte is one more (UTF-8 has no 0xFF to carry over). */
    static ByteSequence endOf(ByteSequence first) {
        byte[] end = first.getBytes();
        end[end.length - 1]++;
        return ByteSequence.from(end);
    }

    /** The smallest key above this one. */
    static ByteSequence after(ByteSequence key) {
        return key.concat(ByteSequence.from(new byte[] {0}));
    }

    Entry entry(KeyValue state) {
        return new Entry(
                key(state),
                value(state.getValue()),
                state.getCreateRevision(),
                state.getModRevision(),
                state.getVersion(),
                state.getLease());
    }

    /** As the store's user knows it. */
    String key(KeyValue state) {
        return value(state.getKey()).substring(data("").size()).toStringUtf8();
    }

    static ByteSequence sequence(String text) {
        return ByteSequence.from(ByteString.copyFromUtf8(text));
    }

    static ByteString value(ByteSequence sequence) {
        return ByteString.copyFrom(sequence.getBytes());
    }
}
