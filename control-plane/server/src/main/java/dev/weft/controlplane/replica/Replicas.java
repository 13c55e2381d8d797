package dev.weft.controlplane.replica;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.controlplane.mesh.Keys;
import dev.weft.controlplane.store.Store;
import dev.weft.v1.ManagementGrpc;
import dev.weft.v1.ReplicaStatus;
import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicas over one store. Each announces its address under its lease; there is no leader and nothing to elect.
 *
 * <p>Thread-safe.
 */
public final class Replicas implements Store.LeaseListener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Replicas.class);

    private final Store store;
    private final ReplicaStatus self;
    private final ChannelCredentials credentials;
    private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();

    /**
     * @param self id, address, version and start of this replica
     * @param credentials for calls to the others
     */
    public Replicas(Store store, ReplicaStatus self, ChannelCredentials credentials) {
        this.store = store;
        this.credentials = credentials;
        this.self = self;
    }

    public ReplicaStatus self() {
        return self;
    }

    /** Makes this replica known to the others. */
    public CompletableFuture<Store.Outcome> announce(Store.Lease lease) {
        return store.commit(new Store.Transaction(
                List.of(), List.of(new Store.Put(Keys.REPLICA + self.getId(), self.toByteString(), lease.id())), ""));
    }

    @Override
    public void reestablished(Store.Lease lease) {
        var _ = announce(lease).whenComplete((_, failure) -> {
            if (failure != null) {
                log.warn("this replica could not announce itself again: {}", failure.getMessage());
            }
        });
    }

    /** All that are announced but this one. */
    public CompletableFuture<List<ReplicaStatus>> others() {
        return store.range(Keys.REPLICA)
                .thenApply(range -> range.entries().stream()
                        .map(Replicas::parse)
                        .filter(replica -> !replica.getId().equals(self.getId()))
                        .toList());
    }

    /** A stub that blocks, for a virtual thread. */
    public ManagementGrpc.ManagementBlockingStub stub(ReplicaStatus replica) {
        return ManagementGrpc.newBlockingStub(channels.computeIfAbsent(
                replica.getAddress(),
                address -> NettyChannelBuilder.forTarget(address, credentials).build()));
    }

    private static ReplicaStatus parse(Store.Entry entry) {
        try {
            return ReplicaStatus.parseFrom(entry.value());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(
                    "the store's entry " + entry.key() + " is no replica: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        channels.values().forEach(ManagedChannel::shutdownNow);
    }
}
