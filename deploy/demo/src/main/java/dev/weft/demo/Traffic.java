package dev.weft.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * The demo's client: a steady stream of GET requests, most through its sidecar (as through any HTTP proxy), the rest through
 * the gateway. It repeats nothing by itself, so that a request that the mesh fails is seen.
 *
 * <p>Thread-safe. Every sender has a thread of its own and one request in progress at most.
 */
final class Traffic implements AutoCloseable {
    private static final int SENDERS_AT_SIDECAR = 6;
    private static final int SENDERS_AT_GATEWAY = 2;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    /** A sender that is later than this gives up what it missed, so that a pause is not followed by a burst. */
    private static final long CATCHES_UP_NANOS = Duration.ofMillis(500).toNanos();

    private static final int KEPT_FAILURES = 5;

    private final HttpClient throughSidecar;
    private final HttpClient direct;
    private final HttpRequest toService;
    private final HttpRequest toGateway;
    private final List<Thread> senders = new ArrayList<>();
    private final LongAdder requests = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final Map<String, LongAdder> answered = new ConcurrentHashMap<>();
    private final Map<String, Recorder> latencies = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    /** Written by whoever closes, read by the senders. */
    private volatile boolean closed;

    Traffic(InetSocketAddress sidecar, InetSocketAddress gateway) {
        throughSidecar = client().proxy(ProxySelector.of(sidecar)).build();
        direct = client().build();
        toService = request("http://web/hello").build();
        toGateway = request("http://" + gateway.getHostString() + ":" + gateway.getPort() + "/hello")
                .header("Host", "shop.web.example")
                .build();
    }

    private static HttpClient.Builder client() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT);
    }

    private static HttpRequest.Builder request(String uri) {
        return HttpRequest.newBuilder(URI.create(uri)).timeout(TIMEOUT);
    }

    /** Whether the mesh serves both ways. Such requests are not counted. */
    boolean flows() throws InterruptedException {
        try {
            return ok(throughSidecar.send(toService, BodyHandlers.discarding()))
                    && ok(direct.send(toGateway, BodyHandlers.discarding()));
        } catch (IOException _) {
            return false; // not yet
        }
    }

    /**
     * @param perSecond of all senders together
     */
    void begin(int perSecond) {
        long everyNanos = Duration.ofSeconds(1).toNanos() * (SENDERS_AT_SIDECAR + SENDERS_AT_GATEWAY) / perSecond;
        for (int i = 0; i < SENDERS_AT_SIDECAR; i++) {
            sender(throughSidecar, toService, "sidecar", everyNanos);
        }
        for (int i = 0; i < SENDERS_AT_GATEWAY; i++) {
            sender(direct, toGateway, "gateway", everyNanos);
        }
    }

    private void sender(HttpClient client, HttpRequest request, String way, long everyNanos) {
        int index = senders.size();
        senders.add(Thread.ofVirtual().name("sender-" + index).start(() -> {
            // Side by side, not all at once.
            long next = System.nanoTime() + everyNanos * index / (SENDERS_AT_SIDECAR + SENDERS_AT_GATEWAY);
            while (!closed) {
                LockSupport.parkNanos(next - System.nanoTime());
                send(client, request, way);
                next = Math.max(next + everyNanos, System.nanoTime() - CATCHES_UP_NANOS);
            }
        }));
    }

    private void send(HttpClient client, HttpRequest request, String way) {
        long began = System.nanoTime();
        try {
            HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
            String instance =
                    response.headers().firstValue(DemoService.INSTANCE_HEADER).orElse("");
            if (ok(response)) {
                answered.computeIfAbsent(instance, _ -> new LongAdder()).increment();
                latencies.computeIfAbsent(instance, _ -> new Recorder(2)).recordValue(System.nanoTime() - began);
            } else {
                fail(way + ": " + response.statusCode() + " " + response.body().strip());
            }
        } catch (IOException e) {
            fail(way + ": " + e);
        } catch (InterruptedException _) {
            closed = true;
            return;
        }
        requests.increment();
    }

    private void fail(String text) {
        failed.increment();
        if (failures.size() < KEPT_FAILURES) {
            failures.add(text);
        }
    }

    private static boolean ok(HttpResponse<?> response) {
        return response.statusCode() == 200;
    }

    long requests() {
        return requests.sum();
    }

    long failed() {
        return failed.sum();
    }

    /** The first few, for people. */
    List<String> failures() {
        return List.copyOf(failures);
    }

    /** Requests by the instance that answered. */
    Map<String, Long> answered() {
        Map<String, Long> counts = new TreeMap<>();
        answered.forEach((instance, count) -> counts.put(instance, count.sum()));
        return counts;
    }

    /** Nanoseconds by the instance that answered, since the last call. */
    Map<String, Histogram> latencies() {
        Map<String, Histogram> since = new TreeMap<>();
        latencies.forEach((instance, recorder) -> since.put(instance, recorder.getIntervalHistogram()));
        return since;
    }

    /** Lets requests in progress end, and waits for them. */
    @Override
    public void close() {
        closed = true;
        try {
            for (Thread sender : senders) {
                sender.join();
            }
        } catch (InterruptedException _) {
            senders.forEach(Thread::interrupt);
            Thread.currentThread().interrupt();
        }
        throughSidecar.shutdownNow();
        direct.shutdownNow();
    }
}
