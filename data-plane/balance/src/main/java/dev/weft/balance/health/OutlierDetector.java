package dev.weft.balance.health;

import dev.weft.balance.Address;
import dev.weft.balance.ClusterEndpoints;
import dev.weft.balance.Endpoint;
import dev.weft.balance.HealthMark;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Thread-safe: {@link #record} is called from every event loop and takes a lock only to eject; {@link #tick} from one
 * timer, every {@link OutlierSettings#interval}.
 *
 * <p>It takes endpoints out of rotation that fail real requests, without asking them, and lets them back in after a
 * while: first for {@code baseEjection}, the n-th time for n times as long up to a maximum; each interval in rotation
 * forgives one. Inputs are outcomes of attempts, with times in nanoseconds from an injected clock. Rules: so many server
 * errors in a row; so many gateway failures in a row; so many local failures in a row (all counted over all loops, and a
 * run is broken by what does not belong to it); and, each interval, a success rate that is below the mean of the cluster
 * by more than a number of standard deviations. No more than a percentage may be out at once, so that a failure which
 * all share (a bad client, a database) does not empty the cluster, but one endpoint may always go. Source: Envoy's
 * "Outlier detection".
 */
public final class OutlierDetector {

    private final OutlierSettings settings;
    private final ClusterEndpoints cluster;
    private final LongSupplier nanoClock;
    private final RandomGenerator random;
    private final ConcurrentHashMap<Address, OutlierRecord> records = new ConcurrentHashMap<>();

    /** @param random decides which findings are enforced where that is below 100 %; used under a lock */
    public OutlierDetector(
            OutlierSettings settings, ClusterEndpoints cluster, LongSupplier nanoClock, RandomGenerator random) {
        this.settings = settings;
        this.cluster = cluster;
        this.nanoClock = nanoClock;
        this.random = random;
    }

    /** Notes how an attempt at {@code endpoint} ended. */
    public void record(Endpoint endpoint, Outcome outcome) {
        OutlierRecord record = recordOf(endpoint.address());
        if (record.note(outcome, settings) && !endpoint.has(HealthMark.OUTLIER_EJECTED)) {
            eject(endpoint, record);
        }
    }

    /** Lifts what is over, forgives, and compares success rates. */
    public synchronized void tick() {
        long now = nanoClock.getAsLong();
        List<Endpoint> endpoints = cluster.endpoints();
        for (Endpoint endpoint : endpoints) {
            OutlierRecord record = recordOf(endpoint.address());
            if (!endpoint.has(HealthMark.OUTLIER_EJECTED)) {
                record.forgive();
            } else if (record.isOver(now)) {
                record.restart();
                cluster.mark(endpoint, HealthMark.OUTLIER_EJECTED, false);
            }
        }
        compareSuccessRates(endpoints);
        records.keySet().removeIf(address -> cluster.endpoint(address) == null);
    }

    /** How many times {@code endpoint} was ejected lately; what its next ejection's length is multiplied by, less one. */
    public synchronized int ejections(Endpoint endpoint) {
        OutlierRecord record = records.get(endpoint.address());
        return record == null ? 0 : record.ejections();
    }

    private OutlierRecord recordOf(Address address) {
        OutlierRecord known = records.get(address); // without the allocation of a capturing computeIfAbsent
        return known != null ? known : records.computeIfAbsent(address, unknown -> new OutlierRecord());
    }

    private synchronized void eject(Endpoint endpoint, OutlierRecord record) {
        Endpoint current = cluster.endpoint(endpoint.address());
        if (current == null || current.has(HealthMark.OUTLIER_EJECTED) || !mayEjectAnother()) {
            return;
        }
        long length = Math.min(
                settings.baseEjection().toNanos() * (record.ejections() + 1L),
                settings.maxEjection().toNanos());
        record.ejectedUntil(nanoClock.getAsLong() + length);
        cluster.mark(current, HealthMark.OUTLIER_EJECTED, true);
    }

    private boolean mayEjectAnother() {
        List<Endpoint> endpoints = cluster.endpoints();
        long ejected = endpoints.stream()
                .filter(endpoint -> endpoint.has(HealthMark.OUTLIER_EJECTED))
                .count();
        // Envoy's reading of the limit: while it is not reached, one more may go, and one always may.
        return ejected == 0 || ejected * 100 < (long) settings.maxEjectedPercent() * endpoints.size();
    }

    private void compareSuccessRates(List<Endpoint> endpoints) {
        OutlierSettings.SuccessRate rule = settings.successRate();
        List<Endpoint> compared = new ArrayList<>();
        List<Double> rates = new ArrayList<>();
        for (Endpoint endpoint : endpoints) {
            double rate = recordOf(endpoint.address()).takeSuccessRate(rule.minimumRequests());
            if (rate >= 0 && !endpoint.has(HealthMark.OUTLIER_EJECTED)) {
                compared.add(endpoint);
                rates.add(rate);
            }
        }
        if (rule.enforcedPercent() == 0 || compared.isEmpty() || compared.size() < rule.minimumEndpoints()) {
            return;
        }
        double mean = rates.stream().mapToDouble(Double::doubleValue).sum() / rates.size();
        double variance = rates.stream()
                        .mapToDouble(rate -> (rate - mean) * (rate - mean))
                        .sum()
                / rates.size();
        double least = mean - Math.sqrt(variance) * rule.deviationThousandths() / 1_000.0;
        for (int i = 0; i < compared.size(); i++) {
            if (rates.get(i) < least && random.nextInt(100) < rule.enforcedPercent()) {
                eject(compared.get(i), recordOf(compared.get(i).address()));
            }
        }
    }
}
