package dev.weft.proxy.cluster;

import dev.weft.balance.DeclaredHealth;
import dev.weft.balance.Endpoint;
import dev.weft.balance.HealthMark;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Stateless: what is known against an endpoint, in the words of admin pages. */
final class Marks {
    private Marks() {}

    static List<String> of(Endpoint endpoint, @Nullable EndpointHealth checked) {
        List<String> marks = new ArrayList<>();
        DeclaredHealth declared = endpoint.config().health();
        if (declared != DeclaredHealth.HEALTHY) {
            marks.add(
                    switch (declared) {
                        case HEALTHY -> throw new IllegalStateException("healthy is no mark");
                        case DEGRADED -> "declared_degraded";
                        case UNHEALTHY -> "declared_unhealthy";
                        case DRAINING -> "draining";
                    });
        }
        if (endpoint.has(HealthMark.ACTIVE_CHECK_FAILED)) {
            boolean failed = checked == null || checked.verdict() == EndpointHealth.Verdict.FAILED;
            marks.add(failed ? "failed_active_check" : "awaiting_first_check");
        }
        if (endpoint.has(HealthMark.ACTIVE_CHECK_DEGRADED)) {
            marks.add("degraded");
        }
        if (endpoint.has(HealthMark.OUTLIER_EJECTED)) {
            marks.add("ejected");
        }
        if (endpoint.has(HealthMark.DRAINING)) {
            marks.add("draining");
        }
        if (endpoint.weight() == 0) {
            marks.add("weight_zero");
        }
        return marks;
    }
}
