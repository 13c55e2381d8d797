package dev.weft.proxy.cluster;

import dev.weft.balance.Endpoint;
import java.util.List;

/**
 * What the active checks of one endpoint say together: it is well only while all of them pass.
 *
 * <p>Confined to the event loop of its cluster's checks, except for {@link #verdict} and {@link #reason}.
 */
final class EndpointHealth {
    /** All checks taken together. */
    enum Verdict {
        /** Some check has not had a first result, and none has failed. */
        UNKNOWN,
        PASSED,
        FAILED
    }

    private final Endpoint endpoint;
    private final List<EndpointCheck> checks;

    /** Published by the checks' loop to whoever asks for the cluster's status. */
    private volatile Verdict verdict;

    private volatile String reason = "";

    EndpointHealth(Endpoint endpoint, Verdict before, List<EndpointCheck> checks) {
        this.endpoint = endpoint;
        this.checks = checks;
        this.verdict = before;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    Verdict verdict() {
        return verdict;
    }

    /** Why the verdict is {@link Verdict#FAILED}; empty otherwise. */
    String reason() {
        return reason;
    }

    boolean isDegraded() {
        return checks.stream().anyMatch(EndpointCheck::isDegraded);
    }

    void start() {
        checks.forEach(EndpointCheck::start);
    }

    void stop() {
        checks.forEach(EndpointCheck::stop);
    }

    /** Takes the checks' results in. Until all have one, an earlier verdict stands unless a check has failed. */
    void judge() {
        for (EndpointCheck check : checks) {
            if (!check.isHealthy()) {
                reason = check.lastFailure();
                verdict = Verdict.FAILED;
                return;
            }
        }
        if (checks.stream().allMatch(EndpointCheck::isChecked)) {
            reason = "";
            verdict = Verdict.PASSED;
        }
    }
}
