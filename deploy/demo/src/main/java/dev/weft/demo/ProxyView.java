package dev.weft.demo;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetSocketAddress;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a proxy shows on its admin port. Thread-safe; each call asks anew. */
final class ProxyView implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Pattern RETRIES =
            Pattern.compile("^weft_upstream_retries_total\\{cluster=\"([^\"]+)\",?} (\\S+)$", Pattern.MULTILINE);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    private final InetSocketAddress admin;

    ProxyView(InetSocketAddress admin) {
        this.admin = admin;
    }

    /**
     * One endpoint, as this proxy sees it. Immutable.
     *
     * @param reason why it is not healthy, or empty
     * @param requests sent to it so far, and of them those that failed
     */
    record Endpoint(String cluster, String address, boolean healthy, String reason, long requests, long failures) {}

    /** Of all clusters, in their order. */
    List<Endpoint> endpoints() throws IOException, InterruptedException {
        List<Endpoint> endpoints = new ArrayList<>();
        JsonObject page = JsonParser.parseString(get("/clusters?format=json")).getAsJsonObject();
        for (JsonElement each : page.getAsJsonArray("clusters")) {
            JsonObject cluster = each.getAsJsonObject();
            for (JsonElement one : cluster.getAsJsonArray("endpoints")) {
                JsonObject endpoint = one.getAsJsonObject();
                endpoints.add(new Endpoint(
                        cluster.get("name").getAsString(),
                        endpoint.get("address").getAsString(),
                        endpoint.get("healthy").getAsBoolean(),
                        endpoint.get("reason").getAsString(),
                        endpoint.get("requests").getAsLong(),
                        endpoint.get("failures").getAsLong()));
            }
        }
        return endpoints;
    }

    /** Whether requests are sent to this address. */
    boolean chooses(String address) throws IOException, InterruptedException {
        return endpoints().stream().anyMatch(e -> e.healthy() && e.address().equals(address));
    }

    /** Tries after the first, by cluster. */
    Map<String, Long> retries() throws IOException, InterruptedException {
        Map<String, Long> retries = new TreeMap<>();
        Matcher line = RETRIES.matcher(get("/metrics"));
        while (line.find()) {
            retries.put(line.group(1), (long) Double.parseDouble(line.group(2)));
        }
        return retries;
    }

    private String get(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://" + admin.getHostString() + ":" + admin.getPort() + path);
        HttpResponse<String> response =
                http.send(HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(), BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(uri + " answered " + response.statusCode());
        }
        return response.body();
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
