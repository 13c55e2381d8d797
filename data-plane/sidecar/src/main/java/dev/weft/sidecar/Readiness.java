package dev.weft.sidecar;

import dev.weft.sidecar.xds.ResourceType;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whether traffic may be sent here: once all listeners of the bootstrap are bound, the control plane has said, or failed to say,
 * what else there is, and we are warm; until we leave. Written by the configuration's thread, read by any.
 */
final class Readiness {
    /** Envoy's initial fetch timeout. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Set<ResourceType> unanswered = ConcurrentHashMap.newKeySet();

    /** Published by the configuration's thread to whoever asks. */
    private volatile String reason = "starting";

    /** Set by whoever drains, read by all. */
    private volatile boolean leaving;

    private boolean heard;
    private boolean warm;

    /**
     * @param types that the control plane is asked for
     */
    Readiness(Set<ResourceType> types) {
        unanswered.addAll(types);
    }

    Duration patience() {
        return PATIENCE;
    }

    void answered(ResourceType type) {
        heard = true;
        unanswered.remove(type);
    }

    /** Whether a control plane has said anything. */
    boolean heard() {
        return heard;
    }

    /** The control plane is not waited for any longer. */
    void tired() {
        unanswered.clear();
    }

    /** Requests of our own, which come first, are over. */
    void warm() {
        warm = true;
    }

    void update(boolean listening, List<String> waiting) {
        if (!unanswered.isEmpty()) {
            reason = "starting: the control plane has not answered yet";
        } else if (!listening) {
            reason = "starting: waiting for " + String.join("; ", waiting);
        } else if (!warm) {
            reason = "starting: warming up";
        } else {
            reason = "";
        }
    }

    void leave() {
        leaving = true;
    }

    boolean isReady() {
        return reason().isEmpty();
    }

    /** Why not; empty where ready. */
    String reason() {
        return leaving ? "draining" : reason;
    }
}
