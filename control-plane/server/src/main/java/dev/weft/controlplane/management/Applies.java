package dev.weft.controlplane.management;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Timestamps;
import dev.weft.controlplane.mesh.Keys;
import dev.weft.controlplane.mesh.Mesh;
import dev.weft.controlplane.snapshot.MeshFollower;
import dev.weft.controlplane.store.Store;
import dev.weft.v1.ApplyRequest;
import dev.weft.v1.ApplyResponse;
import dev.weft.v1.HistoryEntry;
import dev.weft.v1.Resource;
import dev.weft.v1.ResourceChange;
import dev.weft.v1.ResourceRef;
import dev.weft.v1.ValidationFailure;
import io.grpc.Status;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plans and commits applies.
 *
 * <p>Thread-safe; a call blocks its (virtual) thread. Every commit expects and rewrites the guard key, so what was validated is what
 * is stored beside: if another apply was faster, the mesh is read again, and the plan made and validated anew.
 */
final class Applies {
    private static final Logger log = LoggerFactory.getLogger(Applies.class);
    private static final int ATTEMPTS = 20;
    private static final int MAX_MESSAGE = 1024;
    private static final long CATCH_UP_SECONDS = 5;

    private final Store store;
    private final MeshFollower follower;
    private final History history;
    private final InstantSource clock;
    private final Supplier<? extends RandomGenerator> random;

    Applies(
            Store store,
            MeshFollower follower,
            History history,
            InstantSource clock,
            Supplier<? extends RandomGenerator> random) {
        this.store = store;
        this.follower = follower;
        this.history = history;
        this.clock = clock;
        this.random = random;
    }

    ApplyResponse apply(ApplyRequest request) {
        if (request.getMessage().length() > MAX_MESSAGE) {
            throw Status.INVALID_ARGUMENT
                    .withDescription("message: " + request.getMessage().length() + " characters (expected: at most "
                            + MAX_MESSAGE + ")")
                    .asRuntimeException();
        }
        Mesh mesh = follower.mesh();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            ApplyPlan plan = checked(mesh, request);
            if (request.getDryRun()) {
                return response(mesh.configRevision(), plan.changes(), plan);
            }
            if (plan.changesNothing()) {
                return repeated(request)
                        .orElseGet(() -> response(follower.mesh().configRevision(), plan.changes(), plan));
            }
            switch (Calls.await(store.commit(transaction(mesh, plan, request)))) {
                case Store.Committed(long revision, boolean repeated) -> {
                    if (repeated) {
                        return repeated(request).orElseGet(() -> response(revision, plan.changes(), plan));
                    }
                    log.info("revision {}: {}", revision, summary(plan));
                    catchUp(revision);
                    return response(revision, stamped(plan.changes(), revision), plan);
                }
                case Store.Refused refused -> {
                    log.debug("another apply was faster ({}); planning again", refused);
                    mesh = Mesh.of(Calls.await(store.range("")));
                }
            }
        }
        throw Status.ABORTED
                .withDescription("other applies were faster " + ATTEMPTS + " times in a row: try again")
                .asRuntimeException();
    }

    private static ApplyPlan checked(Mesh mesh, ApplyRequest request) {
        ApplyPlan plan = ApplyPlan.of(mesh, request);
        if (!plan.problems().isEmpty()) {
            throw Calls.failure(
                    io.grpc.Status.Code.INVALID_ARGUMENT,
                    plan.problems().size() + " problem(s); nothing was stored",
                    ValidationFailure.newBuilder()
                            .addAllProblems(plan.problems())
                            .build());
        }
        plan.conflict().ifPresent(conflict -> {
            throw Calls.failure(
                    io.grpc.Status.Code.ABORTED,
                    Keys.of(conflict.getRef()).substring(Keys.CONFIG.length()) + " was changed at revision "
                            + conflict.getActualRevision() + ", after revision " + conflict.getExpectedRevision()
                            + "; nothing was stored",
                    conflict);
        });
        return plan;
    }

    private Store.Transaction transaction(Mesh mesh, ApplyPlan plan, ApplyRequest request) {
        long now = clock.millis();
        List<Store.Write> writes = new ArrayList<>();
        for (Resource resource : plan.puts()) {
            Resource stored = resource.toBuilder()
                    .setUpdatedAt(Timestamps.fromMillis(now))
                    .build();
            writes.add(new Store.Put(Keys.of(resource), stored.toByteString(), 0));
        }
        plan.deletes().forEach(ref -> writes.add(new Store.Delete(Keys.of(ref))));
        String id = request.getIdempotencyId().isEmpty()
                ? HexFormat.of().toHexDigits(random.get().nextLong())
                        + HexFormat.of().toHexDigits(random.get().nextLong())
                : request.getIdempotencyId();
        HistoryEntry entry = HistoryEntry.newBuilder()
                .setAt(Timestamps.fromMillis(now))
                .setAuthor(request.getAuthor())
                .setMessage(request.getMessage())
                .setIdempotencyId(id)
                .addAllChanges(plan.changes().stream()
                        .filter(change -> change.getAction() != ResourceChange.Action.UNCHANGED)
                        .toList())
                .build();
        writes.add(new Store.Put(history.key(now, random.get()), entry.toByteString(), 0));
        writes.add(new Store.Put(Keys.GUARD, ByteString.copyFromUtf8(id), 0));
        return new Store.Transaction(List.of(new Store.Expect(Keys.GUARD, mesh.configRevision())), writes, id);
    }

    /** What the first apply with this id did, where there was one. */
    private Optional<ApplyResponse> repeated(ApplyRequest request) {
        if (request.getIdempotencyId().isEmpty()) {
            return Optional.empty();
        }
        return history.entries().stream()
                .filter(entry -> entry.getIdempotencyId().equals(request.getIdempotencyId()))
                .findFirst()
                .map(entry -> ApplyResponse.newBuilder()
                        .setRevision(entry.getRevision())
                        .addAllChanges(entry.getChangesList())
                        .build());
    }

    /** So that who reads after an apply sees it; a store that cannot be followed must not hold the answer back. */
    private void catchUp(long revision) {
        try {
            follower.reached(revision).get(CATCH_UP_SECONDS, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            log.warn("revision {} is stored but not yet seen here: {}", revision, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<ResourceChange> stamped(List<ResourceChange> changes, long revision) {
        return changes.stream()
                .map(change -> switch (change.getAction()) {
                    case CREATED, CONFIGURED ->
                        change.toBuilder()
                                .setAfter(change.getAfter().toBuilder().setRevision(revision))
                                .build();
                    case UNCHANGED, DELETED, ACTION_UNSPECIFIED, UNRECOGNIZED -> change;
                })
                .toList();
    }

    private static ApplyResponse response(long revision, List<ResourceChange> changes, ApplyPlan plan) {
        return ApplyResponse.newBuilder()
                .setRevision(revision)
                .addAllChanges(changes)
                .addAllWarnings(plan.warnings())
                .build();
    }

    private static String summary(ApplyPlan plan) {
        StringBuilder text = new StringBuilder();
        for (ResourceChange change : plan.changes()) {
            if (change.getAction() != ResourceChange.Action.UNCHANGED) {
                ResourceRef ref = change.getRef();
                text.append(text.isEmpty() ? "" : ", ")
                        .append(Keys.of(ref).substring(Keys.CONFIG.length()))
                        .append(' ')
                        .append(change.getAction().name().toLowerCase(java.util.Locale.ROOT));
            }
        }
        return text.toString();
    }
}
