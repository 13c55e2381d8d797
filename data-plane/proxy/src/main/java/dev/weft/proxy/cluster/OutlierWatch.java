package dev.weft.proxy.cluster;

import dev.weft.balance.ClusterEndpoints;
import dev.weft.balance.Endpoint;
import dev.weft.balance.HealthMark;
import dev.weft.balance.health.Outcome;
import dev.weft.balance.health.OutlierDetector;
import dev.weft.proxy.model.OutlierDetection;
import dev.weft.proxy.time.Deadline;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gives the detector of a cluster its outcomes and its time.
 *
 * <p>Confined to the cluster's home loop, except for {@link #record}, which every loop calls.
 */
final class OutlierWatch extends Deadline {
    private final Environment environment;
    private final ClusterEndpoints cluster;
    private final Consumer<Endpoint> healthChanged;

    private Optional<OutlierDetection> config = Optional.empty();

    /** Published by the home loop to all loops; null while nothing is watched. */
    private volatile @Nullable OutlierDetector detector;

    OutlierWatch(Environment environment, ClusterEndpoints cluster, Consumer<Endpoint> healthChanged) {
        this.environment = environment;
        this.cluster = cluster;
        this.healthChanged = healthChanged;
    }

    /** Changed settings begin with a clean slate: counts are forgotten and ejections lifted. */
    void apply(Optional<OutlierDetection> next) {
        if (next.equals(config)) {
            return;
        }
        stop();
        config = next;
        for (Endpoint endpoint : cluster.endpoints()) {
            if (cluster.mark(endpoint, HealthMark.OUTLIER_EJECTED, false)) {
                healthChanged.accept(endpoint);
            }
        }
        if (next.isPresent()) {
            detector = new OutlierDetector(
                    BalanceConfig.outlier(next.get()),
                    cluster,
                    environment.home().ticker()::nanoTime,
                    environment.newRandom());
            armForNextInterval();
        }
    }

    void stop() {
        environment.timer().cancel(this);
        detector = null;
    }

    /** Callable from any loop. */
    void record(ClusterEndpoint endpoint, Outcome outcome) {
        OutlierDetector current = detector;
        if (current == null) {
            return;
        }
        boolean before = endpoint.balanced().has(HealthMark.OUTLIER_EJECTED);
        current.record(endpoint.balanced(), outcome);
        if (!before && endpoint.balanced().has(HealthMark.OUTLIER_EJECTED)) {
            healthChanged.accept(endpoint.balanced());
        }
    }

    @Override
    protected void expired() {
        OutlierDetector current = detector;
        if (current == null) {
            return;
        }
        List<Endpoint> endpoints = cluster.endpoints();
        List<Endpoint> ejected =
                endpoints.stream().filter(OutlierWatch::isEjected).toList();
        current.tick();
        for (Endpoint endpoint : endpoints) {
            if (isEjected(endpoint) != ejected.contains(endpoint)) {
                healthChanged.accept(endpoint);
            }
        }
        armForNextInterval();
    }

    private void armForNextInterval() {
        config.ifPresent(
                settings -> environment.timer().arm(this, settings.interval().toNanos()));
    }

    private static boolean isEjected(Endpoint endpoint) {
        return endpoint.has(HealthMark.OUTLIER_EJECTED);
    }
}
