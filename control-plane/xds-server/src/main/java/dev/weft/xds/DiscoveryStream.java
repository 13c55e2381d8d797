package dev.weft.xds;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream of discovery requests and responses. Confined to its serial executor, except where a method says
 * otherwise; gRPC, the snapshot source and timers hand their calls over to it.
 *
 * <p>It reads the next request only after the last is handled, and writes only while the transport takes more, so that
 * neither a busy nor a slow client can make it hold more than one response per type.
 */
final class DiscoveryStream<Q, R> implements StreamObserver<Q>, Session.Output<R> {
    private static final Logger log = LoggerFactory.getLogger(DiscoveryStream.class);
    private static final double AGE_JITTER = 0.1;

    private final long id;
    private final Serving serving;
    private final Dialect<Q, R> dialect;
    private final @Nullable ResourceType impliedType;
    private final Peer peer;
    private final ServerCallStreamObserver<R> call;
    private final SerialExecutor executor;
    private boolean ended;
    private Optional<XdsClock.Timer> ageTimer = Optional.empty();
    // Set once by the stream when the node is known; read by whoever asks for the status.
    private volatile @Nullable Session<Q, R> session;

    private DiscoveryStream(
            Serving serving,
            Dialect<Q, R> dialect,
            @Nullable ResourceType impliedType,
            Peer peer,
            ServerCallStreamObserver<R> call) {
        this.id = serving.streams().nextId();
        this.serving = serving;
        this.dialect = dialect;
        this.impliedType = impliedType;
        this.peer = peer;
        this.call = call;
        this.executor = new SerialExecutor(serving.threads());
    }

    /**
     * Answers a call that gRPC just opened, on gRPC's thread.
     *
     * @param impliedType the type of a per-type stream, or null for an aggregated one
     */
    static <Q, R> StreamObserver<Q> open(
            Serving serving,
            Dialect<Q, R> dialect,
            @Nullable ResourceType impliedType,
            Peer peer,
            ServerCallStreamObserver<R> call) {
        DiscoveryStream<Q, R> stream = new DiscoveryStream<>(serving, dialect, impliedType, peer, call);
        call.disableAutoRequest();
        call.setOnReadyHandler(() -> stream.executor.execute(stream::onReady));
        call.setOnCancelHandler(() -> stream.executor.execute(() -> stream.onEnd(StreamEnd.BROKEN)));
        serving.streams().add(stream.id, stream);
        boolean admitted = serving.admission().admit(() -> stream.executor.execute(stream::admitted));
        if (serving.streams().isDraining()) {
            stream.executor.execute(() -> stream.fail(Status.UNAVAILABLE.withDescription("draining: connect again")));
        } else if (!admitted) {
            stream.executor.execute(() ->
                    stream.fail(Status.UNAVAILABLE.withDescription("too many streams open at once: connect again")));
        }
        return stream;
    }

    @Override
    public void onNext(Q request) {
        executor.execute(() -> receive(request));
    }

    @Override
    public void onError(Throwable cause) {
        executor.execute(() -> onEnd(StreamEnd.BROKEN));
    }

    @Override
    public void onCompleted() {
        executor.execute(() -> {
            if (!ended) {
                onEnd(StreamEnd.LEFT);
                call.onCompleted();
            }
        });
    }

    /** Callable from any thread. Empty before the node is known. */
    Optional<StreamStatus> status() {
        return Optional.ofNullable(session).map(Session::status);
    }

    /** Callable from any thread. How each resource stands; nothing once the stream has ended. */
    CompletableFuture<List<ResourceStatus>> resources() {
        return CompletableFuture.supplyAsync(
                () -> {
                    Session<Q, R> known = session;
                    return known == null || ended ? List.of() : known.resources();
                },
                executor);
    }

    /** Callable from any thread. Ends the stream without an error, so that the client connects again, elsewhere. */
    void retire() {
        executor.execute(() -> {
            if (!ended) {
                onEnd(StreamEnd.ENDED_BY_SERVER);
                call.onCompleted();
            }
        });
    }

    @Override
    public boolean isReady() {
        return !ended && call.isReady();
    }

    @Override
    public void send(R response) {
        call.onNext(response);
    }

    private void admitted() {
        if (ended) {
            return;
        }
        call.request(1);
        serving.settings().maxStreamAge().ifPresent(age -> {
            double factor = 1 + AGE_JITTER * (2 * serving.random().nextDouble() - 1);
            Duration jittered = Duration.ofNanos(Math.round(age.toNanos() * factor));
            ageTimer = Optional.of(serving.clock().after(jittered, this::retire));
        });
    }

    private void receive(Q request) {
        if (ended) {
            return;
        }
        try {
            ResourceType type = typeOf(request);
            Session<Q, R> known = session;
            if (known == null) {
                known = start(request);
            }
            known.receive(request, type);
            call.request(1);
        } catch (StatusRuntimeException e) {
            fail(e.getStatus());
        } catch (RuntimeException e) {
            log.error("stream {} failed on a request", id, e);
            fail(Status.INTERNAL.withDescription("the server failed on this request"));
        }
    }

    private ResourceType typeOf(Q request) {
        String typeUrl = dialect.typeUrl(request);
        if (impliedType != null) {
            if (!typeUrl.isEmpty() && !typeUrl.equals(impliedType.typeUrl())) {
                throw invalid("type_url: \"" + typeUrl + "\" (expected: " + impliedType.typeUrl() + " or none)");
            }
            return impliedType;
        }
        if (typeUrl.isEmpty()) {
            throw invalid("type_url: \"\" (expected: a type, as the stream carries many)");
        }
        try {
            return new ResourceType(typeUrl);
        } catch (IllegalArgumentException e) {
            throw invalid(String.valueOf(e.getMessage()));
        }
    }

    private Session<Q, R> start(Q request) {
        if (dialect.node(request).getId().isEmpty()) {
            throw invalid("node.id: \"\" (expected: the node's id in the first request of a stream)");
        }
        XdsClient client = new XdsClient(
                id,
                dialect.node(request),
                ClientKind.of(dialect.node(request)),
                dialect.variant(),
                impliedType == null,
                peer);
        SnapshotSource.Subscription source = serving.source().open(client, () -> executor.execute(this::onSnapshot));
        Session<Q, R> started = new Session<>(client, serving, dialect, this, executor, source);
        session = started;
        serving.observer().opened(client);
        return started;
    }

    private static StatusRuntimeException invalid(String text) {
        return Status.INVALID_ARGUMENT.withDescription(text).asRuntimeException();
    }

    private void onReady() {
        Session<Q, R> known = session;
        if (known != null && !ended) {
            known.write();
        }
    }

    private void onSnapshot() {
        Session<Q, R> known = session;
        if (known != null && !ended) {
            known.refresh();
        }
    }

    private void fail(Status status) {
        if (!ended) {
            onEnd(StreamEnd.ENDED_BY_SERVER);
            call.onError(status.asRuntimeException());
        }
    }

    private void onEnd(StreamEnd end) {
        if (ended) {
            return;
        }
        ended = true;
        ageTimer.ifPresent(XdsClock.Timer::cancel);
        serving.streams().remove(id);
        Session<Q, R> known = session;
        if (known != null) {
            known.close();
            serving.observer().closed(known.client(), end);
        }
    }
}
