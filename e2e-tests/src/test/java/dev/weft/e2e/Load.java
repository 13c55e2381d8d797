package dev.weft.e2e;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Clients that ask for one address through a sidecar, as applications do with {@code http_proxy}, until closed. Thread-safe. */
final class Load implements AutoCloseable {
    private final HttpClient client;
    private final URI uri;
    private final List<Thread> clients = new ArrayList<>();
    private final Map<String, LongAdder> answers = new ConcurrentHashMap<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong asked = new AtomicLong();
    private final long started = System.nanoTime();
    /** Written by the test, read by the clients. */
    private volatile boolean running = true;

    private Load(String outbound, String url) {
        String[] address = outbound.split(":");
        client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(ProxySelector.of(new InetSocketAddress(address[0], Integer.parseInt(address[1]))))
                .connectTimeout(Duration.ofSeconds(10))
                .build();
        uri = URI.create(url);
    }

    /** One request, and its answer's status and body: {@code 200 web-1}. */
    static String once(String outbound, String url) throws IOException, InterruptedException {
        try (Load load = new Load(outbound, url)) {
            return load.ask();
        }
    }

    static Load start(String outbound, String url, int clients) {
        Load load = new Load(outbound, url);
        for (int i = 0; i < clients; i++) {
            load.clients.add(Thread.ofVirtual().start(load::run));
        }
        return load;
    }

    private void run() {
        while (running) {
            long began = System.nanoTime();
            try {
                String answer = ask();
                asked.incrementAndGet();
                if (answer.startsWith("200 ")) {
                    answers.computeIfAbsent(answer.substring(4), _ -> new LongAdder())
                            .increment();
                } else {
                    failures.add(answer + after(began));
                }
            } catch (IOException e) {
                failures.add(e + after(began));
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** When a request that failed was sent and how long it took: tells which event it met. */
    private String after(long began) {
        long now = System.nanoTime();
        return " (sent %d ms after the first, answered in %d ms)"
                .formatted((began - started) / 1_000_000, (now - began) / 1_000_000);
    }

    private String ask() throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build(),
                HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }

    /** How many answers have come. */
    long asked() {
        return asked.get();
    }

    /** Names of the services that answered, with how often. */
    Map<String, LongAdder> answers() {
        return answers;
    }

    /** Every request that was not answered by 200, with what came instead. */
    List<String> failures() {
        return List.copyOf(failures);
    }

    /** One line for a log that is cut short: how many were asked, and the first that failed. */
    String told() {
        return failures.size() + " of " + asked() + " requests failed: "
                + failures.stream().limit(5).toList();
    }

    /** Ends the load and waits for the last answers; its counts stay. */
    void stop() {
        running = false;
        for (Thread thread : clients) {
            try {
                thread.join(Duration.ofSeconds(30));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        stop();
        client.close();
    }
}
