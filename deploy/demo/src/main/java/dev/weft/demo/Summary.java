package dev.weft.demo;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What a run came to. Immutable.
 *
 * @param retried tries of the proxies after a request's first
 * @param answered requests by the instance that answered
 * @param firstRequest from this program's start to the first routed request
 * @param applyToLive from sending a change to its being live on every sidecar: the median of several
 * @param failover from the end of an instance to the client's sidecar not choosing it any more
 * @param failures the first few, in words
 */
record Summary(
        long requests,
        long failed,
        long retried,
        Map<String, Long> answered,
        Duration firstRequest,
        Duration applyToLive,
        Duration failover,
        List<String> failures) {
    String json() {
        JsonObject json = new JsonObject();
        json.addProperty("requests", requests);
        json.addProperty("failed", failed);
        json.addProperty("retried", retried);
        json.addProperty("endpoints", answered.size());
        json.addProperty("apply_to_live_ms", millis(applyToLive));
        json.addProperty("failover_ms", millis(failover));
        json.addProperty("first_request_ms", millis(firstRequest));
        JsonObject byInstance = new JsonObject();
        answered.forEach(byInstance::addProperty);
        json.add("requests_by_instance", byInstance);
        if (!failures.isEmpty()) {
            json.add("first_failures", new GsonBuilder().create().toJsonTree(failures));
        }
        return new GsonBuilder().disableHtmlEscaping().create().toJson(json);
    }

    String text() {
        return "%d requests, %d failed, %d retried, %d endpoints; a change was live in %.1f ms, an instance out in %.1f ms"
                .formatted(requests, failed, retried, answered.size(), millis(applyToLive), millis(failover));
    }

    private static double millis(Duration duration) {
        return Math.round(duration.toNanos() / 1e5) / 10.0;
    }
}
