package dev.weft.balance;

import dev.weft.balance.EndpointSnapshot.Group;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Confined to one compilation: from endpoints and their health at this moment to a snapshot. */
final class SnapshotCompiler {

    private final EndpointSettings settings;
    private final long nowNanos;
    private final RandomGenerator random;
    private boolean easesIn;

    SnapshotCompiler(EndpointSettings settings, long nowNanos, RandomGenerator random) {
        this.settings = settings;
        this.nowNanos = nowNanos;
        this.random = random;
    }

    EndpointSnapshot compile(List<Endpoint> endpoints) {
        if (endpoints.isEmpty()) {
            return EndpointSnapshot.EMPTY;
        }
        List<Priority> priorities = priorities(endpoints);
        PriorityLoads loads = PriorityLoads.of(
                counts(priorities, Priority::all),
                counts(priorities, Priority::healthy),
                counts(priorities, Priority::degraded),
                settings.overprovisioningPercent(),
                settings.panicThresholdPercent());
        List<Load> groups = new ArrayList<>();
        boolean inPanic = false;
        for (int i = 0; i < priorities.size(); i++) {
            Priority priority = priorities.get(i);
            boolean panic = loads.panics(i);
            inPanic |= panic;
            List<Endpoint> usable = panic ? priority.all() : priority.healthy();
            addGroup(usable, priority, loads.healthyPercent(i), groups);
        }
        for (int i = 0; i < priorities.size(); i++) {
            Priority priority = priorities.get(i);
            if (!loads.panics(i)) {
                addGroup(priority.degraded(), priority, loads.degradedPercent(i), groups);
            }
        }
        return new EndpointSnapshot(compiled(groups), hundredths(groups), Pick.None.NONE_HEALTHY, inPanic, easesIn);
    }

    private void addGroup(List<Endpoint> usable, Priority priority, int percent, List<Load> groups) {
        Candidates candidates = candidates(usable, priority);
        if (candidates != null) {
            groups.add(new Load(candidates, percent));
        }
    }

    private Group[] compiled(List<Load> loads) {
        Group[] groups = new Group[loads.size()];
        for (int i = 0; i < groups.length; i++) {
            Candidates candidates = loads.get(i).candidates();
            // The first group takes what no other does; the rest without load is only there for retries to flee to,
            // which look at the candidates themselves, so that nobody pays for its ring.
            boolean asked = i == 0 || loads.get(i).percent() > 0;
            Picker picker = asked ? settings.policy().compile(candidates, random) : context -> candidates.endpoint(0);
            groups[i] = new Group(candidates, picker);
        }
        return groups;
    }

    private List<Priority> priorities(List<Endpoint> endpoints) {
        SortedMap<Integer, Priority> byNumber = new TreeMap<>();
        for (Endpoint endpoint : endpoints) {
            Health health = endpoint.health();
            endpoint.state().observed(health, nowNanos);
            if (endpoint.weight() > 0) {
                byNumber.computeIfAbsent(endpoint.priority(), number -> Priority.empty())
                        .add(endpoint, health);
            }
        }
        return List.copyOf(byNumber.values());
    }

    private static int[] counts(List<Priority> priorities, Function<Priority, List<Endpoint>> which) {
        return priorities.stream()
                .mapToInt(priority -> which.apply(priority).size())
                .toArray();
    }

    private @Nullable Candidates candidates(List<Endpoint> usable, Priority priority) {
        if (usable.isEmpty()) {
            return null;
        }
        List<Endpoint> members = usable;
        double[] staticShares;
        double[] shares;
        if (settings.localityWeighted()) {
            Map<Locality, Double> configured = new HashMap<>();
            Map<Locality, Double> effective = new HashMap<>();
            localityWeights(usable, priority.all(), configured, effective);
            members = usable.stream()
                    .filter(endpoint -> endpoint.config().localityWeight() > 0)
                    .toList();
            if (members.isEmpty()) {
                return null;
            }
            staticShares = Shares.byLocality(members, configured);
            shares = Shares.byLocality(members, effective);
        } else {
            staticShares = Shares.byWeight(members);
            shares = staticShares;
        }
        return new Candidates(members, staticShares, eased(members, shares));
    }

    /**
     * A locality keeps its configured weight while its usable part times the overprovisioning factor covers it, and
     * loses weight in proportion below that.
     */
    private void localityWeights(
            List<Endpoint> usable,
            List<Endpoint> all,
            Map<Locality, Double> configured,
            Map<Locality, Double> effective) {
        Map<Locality, Integer> usableCount = new HashMap<>();
        Map<Locality, Integer> allCount = new HashMap<>();
        usable.forEach(endpoint -> usableCount.merge(endpoint.locality(), 1, Integer::sum));
        all.forEach(endpoint -> allCount.merge(endpoint.locality(), 1, Integer::sum));
        for (Endpoint endpoint : usable) {
            Locality locality = endpoint.locality();
            double weight = endpoint.config().localityWeight();
            double available = usableCount.getOrDefault(locality, 0)
                    / (double) allCount.getOrDefault(locality, 1)
                    * settings.overprovisioningPercent()
                    / 100.0;
            configured.put(locality, weight);
            effective.put(locality, weight * Math.min(1.0, available));
        }
    }

    private double[] eased(List<Endpoint> members, double[] shares) {
        SlowStart slowStart = settings.slowStart();
        if (slowStart == null) {
            return shares;
        }
        return Shares.times(shares, members, endpoint -> {
            double factor = slowStart.factor(nowNanos - endpoint.state().healthySinceNanos());
            easesIn |= factor < 1.0;
            return factor;
        });
    }

    private static short[] hundredths(List<Load> loads) {
        // Hundredths of a priority in which nobody can be used stay with the most preferred group.
        short[] groupOf = new short[100];
        int at = 0;
        for (int group = 0; group < loads.size(); group++) {
            for (int i = 0; i < loads.get(group).percent(); i++) {
                groupOf[at++] = (short) group;
            }
        }
        return groupOf;
    }

    /** Immutable. Candidates and the hundredths of the load that they get. */
    private record Load(Candidates candidates, int percent) {}

    /** Confined to one compilation. The endpoints of one priority that have a weight. */
    private record Priority(List<Endpoint> all, List<Endpoint> healthy, List<Endpoint> degraded) {

        static Priority empty() {
            return new Priority(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }

        void add(Endpoint endpoint, Health health) {
            all.add(endpoint);
            switch (health) {
                case HEALTHY -> healthy.add(endpoint);
                case DEGRADED -> degraded.add(endpoint);
                case UNHEALTHY -> {
                    // Counted in all, used only in panic.
                }
            }
        }
    }
}
