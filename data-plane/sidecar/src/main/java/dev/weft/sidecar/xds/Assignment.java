package dev.weft.sidecar.xds;

import dev.weft.proxy.model.EndpointConfig;
import java.util.ArrayList;
import java.util.List;

/** The endpoints of a cluster by locality. Immutable. */
public record Assignment(List<Locality> localities) {
    public static final Assignment EMPTY = new Assignment(List.of());

    /** Scaled weights stay exact to this much of the heaviest endpoint. */
    private static final long SCALE = 100_000;

    /**
     * @param weight share of the locality where shares go by locality
     */
    public record Locality(int weight, List<EndpointConfig> endpoints) {
        public Locality {
            endpoints = List.copyOf(endpoints);
        }
    }

    public Assignment {
        localities = List.copyOf(localities);
    }

    List<EndpointConfig> endpoints(boolean byLocalityWeight) {
        List<EndpointConfig> all = new ArrayList<>();
        double heaviest = byLocalityWeight ? heaviestShare() : 0;
        for (Locality locality : localities) {
            if (!byLocalityWeight) {
                all.addAll(locality.endpoints());
            } else if (locality.weight() > 0) {
                // Without a weight a locality takes no part: so says the xDS specification of weighted localities.
                double share = share(locality);
                locality.endpoints().forEach(e -> all.add(weighing(e, share * e.weight() / heaviest)));
            }
        }
        return all;
    }

    private double heaviestShare() {
        double heaviest = 0;
        for (Locality locality : localities) {
            double share = share(locality);
            for (EndpointConfig endpoint : locality.endpoints()) {
                heaviest = Math.max(heaviest, share * endpoint.weight());
            }
        }
        return heaviest;
    }

    /** What a weight of 1 inside the locality is worth outside it. */
    private static double share(Locality locality) {
        long sum =
                locality.endpoints().stream().mapToLong(EndpointConfig::weight).sum();
        return sum == 0 ? 0 : (double) locality.weight() / sum;
    }

    private static EndpointConfig weighing(EndpointConfig e, double ofHeaviest) {
        int weight = e.weight() == 0 ? 0 : (int) Math.max(1, Math.round(ofHeaviest * SCALE));
        return new EndpointConfig(
                e.host(), e.port(), weight, e.priority(), e.locality(), e.hashKey(), e.state(), e.hostname());
    }
}
