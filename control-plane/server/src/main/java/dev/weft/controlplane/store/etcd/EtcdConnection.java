package dev.weft.controlplane.store.etcd;

import dev.weft.controlplane.store.StoreException;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client, and how it is called. Thread-safe; calls block, so they are made on virtual threads.
 *
 * <p>Three things jetcd leaves to its caller: a deadline on every call (without one, a call waits for as long as etcd is down); no
 * retry of its own (a repeated transaction would be applied twice); and a fresh client after a while without success, because a
 * gRPC channel waits up to two minutes between its attempts to reconnect and cannot be hurried through jetcd.
 */
final class EtcdConnection implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EtcdConnection.class);
    private static final long STALE_NANOS = Duration.ofSeconds(2).toNanos();

    private final EtcdOptions options;
    private final ExecutorService virtualThreads;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Guarded by this, as are the two times. */
    private Client client;

    private long clientMadeNanos;
    private long lastSuccessNanos;

    EtcdConnection(EtcdOptions options, ExecutorService virtualThreads) {
        this.options = options;
        this.virtualThreads = virtualThreads;
        this.client = newClient();
        this.clientMadeNanos = System.nanoTime();
        this.lastSuccessNanos = clientMadeNanos;
    }

    /** One attempt. */
    <T> T call(Function<Client, CompletableFuture<T>> operation) throws CallFailure {
        Client used = client();
        try {
            // The client's own deadline comes first; this one is for the day on which it does not.
            long patience = options.callTimeout().toMillis() * 3 / 2;
            T answer = operation.apply(used).get(patience, TimeUnit.MILLISECONDS);
            succeeded(used);
            return answer;
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            CallFailure failure = CallFailure.of(e);
            if (failure.meaning() == CallFailure.Meaning.UNCLEAR) {
                failed(used);
            }
            throw failure;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CallFailure.of(e);
        }
    }

    /** Attempts until there is an answer, for what may be asked twice. */
    <T> T ask(Function<Client, CompletableFuture<T>> operation) {
        Attempts attempts = new Attempts();
        while (true) {
            try {
                return call(operation);
            } catch (CallFailure failure) {
                attempts.next(failure);
            }
        }
    }

    synchronized Client client() {
        return client;
    }

    synchronized void succeeded(Client used) {
        if (used.equals(client)) {
            lastSuccessNanos = System.nanoTime();
        }
    }

    /** Replaces a client that has not reached etcd for a while. */
    void failed(Client used) {
        Client stale;
        synchronized (this) {
            long now = System.nanoTime();
            if (!used.equals(client)
                    || isClosed()
                    || now - lastSuccessNanos < STALE_NANOS
                    || now - clientMadeNanos < STALE_NANOS) {
                return;
            }
            stale = client;
            client = newClient();
            clientMadeNanos = now;
        }
        stale.close();
    }

    /** Waits, or until the store is closed. */
    void pause(Duration time) {
        try {
            if (closed.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
                log.debug("closed while waiting for etcd");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    boolean isClosed() {
        return closed.getCount() == 0;
    }

    String description() {
        return "etcd " + options.endpoints().stream().map(URI::toString).collect(Collectors.joining(","));
    }

    StoreException.Unavailable closedFailure() {
        return new StoreException.Unavailable(description() + ": the store is closed");
    }

    @Override
    public void close() {
        closed.countDown();
        client().close();
    }

    /** The attempts of one piece of work: waits between them, and says when it is enough. Confined to the thread that works. */
    final class Attempts {
        private static final long MAX_WAIT_MILLIS = 500;

        private final long startNanos = System.nanoTime();
        private int made;

        /** Returns where another attempt may help; throws where it would not, or there is no time left. */
        void next(CallFailure failure) {
            made++;
            if (isClosed() || Thread.currentThread().isInterrupted()) {
                throw closedFailure();
            }
            switch (failure.meaning()) {
                case UNCLEAR, NOT_DONE -> {
                    long spent = System.nanoTime() - startNanos;
                    if (spent > options.patience().toNanos()) {
                        throw new StoreException.Unavailable("%s: no answer for %.1f s (%d attempts; the last: %s)"
                                .formatted(description(), spent / 1e9, made, failure.text()));
                    }
                    pause(Duration.ofMillis(Math.min(MAX_WAIT_MILLIS, 10L << Math.min(made, 6))));
                }
                case NO_SPACE ->
                    throw new StoreException.WriteFailed(description() + ": its quota is used up, so nothing is written"
                            + " (compact, defragment, disarm the alarm: see docs/stores.md)");
                case TOO_LARGE ->
                    throw new StoreException.TooLarge(description()
                            + ": the transaction is larger than etcd takes (default 1.5 MiB, --max-request-bytes): "
                            + failure.text());
                case TOO_MANY_OPERATIONS, LEASE_LOST, COMPACTED, FUTURE, REFUSED ->
                    throw new StoreException.Unavailable(description() + ": refused: " + failure.text());
            }
        }

        int made() {
            return made;
        }
    }

    private Client newClient() {
        ClientBuilder builder = Client.builder()
                .endpoints(options.endpoints())
                .executorService(virtualThreads)
                .retryMaxAttempts(0)
                .waitForReady(false)
                .connectTimeout(options.callTimeout())
                .keepaliveTime(Duration.ofSeconds(10))
                .keepaliveTimeout(Duration.ofSeconds(5))
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .interceptor(new Deadline(options.callTimeout()));
        options.credentials()
                .ifPresent(c -> builder.user(EtcdKeys.sequence(c.user())).password(EtcdKeys.sequence(c.password())));
        if (options.secure()) {
            secure(builder);
        }
        return builder.build();
    }

    private void secure(ClientBuilder builder) {
        try {
            SslContextBuilder ssl = GrpcSslContexts.forClient();
            options.tls().ifPresent(tls -> {
                tls.ca().ifPresent(ca -> ssl.trustManager(ca.toFile()));
                tls.certificate()
                        .ifPresent(cert -> ssl.keyManager(
                                cert.toFile(), tls.key().orElseThrow().toFile()));
            });
            builder.sslContext(ssl.build());
        } catch (SSLException | IllegalArgumentException e) {
            throw new StoreException.OpenFailed(description() + ": TLS files cannot be used: " + e.getMessage());
        }
    }

    /** On every call but a watch, which has no end. */
    private record Deadline(Duration timeout) implements ClientInterceptor {
        private static final String WATCH = "etcdserverpb.Watch/Watch";

        @Override
        public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions call, Channel next) {
            return next.newCall(
                    method,
                    method.getFullMethodName().equals(WATCH)
                            ? call
                            : call.withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS));
        }
    }
}
