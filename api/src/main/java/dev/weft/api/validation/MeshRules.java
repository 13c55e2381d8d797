package dev.weft.api.validation;

import dev.weft.v1.Forward;
import dev.weft.v1.Kind;
import dev.weft.v1.Listener.PassThrough;
import dev.weft.v1.Mirror;
import dev.weft.v1.Problem;
import dev.weft.v1.Resource;
import dev.weft.v1.ResourceRef;
import dev.weft.v1.Route;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What resources must be like beside each other. Confined to one validation. */
final class MeshRules {
    private static final String EVERYWHERE = "";

    private final Map<ResourceRef, Integer> indexOf = new HashMap<>();
    private final List<Resource> after;
    private final Set<String> destinations = new TreeSet<>();
    private final Set<String> routes = new TreeSet<>();
    /** Who claims a host at a place: {@code host} at every place, or {@code host@listener}. */
    private final Map<String, String> claims = new HashMap<>();

    private final List<Problem> found = new ArrayList<>();

    MeshRules(List<Resource> applied, List<Resource> after, Set<String> services) {
        for (int i = 0; i < applied.size(); i++) {
            indexOf.put(Validation.ref(applied.get(i)), i);
        }
        this.after = after;
        destinations.addAll(services);
        for (Resource resource : after) {
            if (resource.hasCluster()) {
                destinations.add(resource.getName());
            } else if (resource.hasRoute()) {
                routes.add(resource.getName());
            }
        }
    }

    List<Problem> check() {
        for (Resource resource : after) {
            ResourceRef ref = Validation.ref(resource);
            Problems problems = new Problems(indexOf.getOrDefault(ref, -1), ref);
            switch (resource.getSpecCase()) {
                case ROUTE -> {
                    destinations(resource.getRoute(), problems);
                    claims(resource, problems);
                }
                case LISTENER -> listener(resource, problems);
                case CLUSTER, INSTANCE, SPEC_NOT_SET -> {}
            }
            found.addAll(problems.found());
        }
        return found;
    }

    private void destinations(Route route, Problems problems) {
        for (int r = 0; r < route.getRulesCount(); r++) {
            List<Forward> forward = route.getRules(r).getForwardList();
            for (int f = 0; f < forward.size(); f++) {
                exists(forward.get(f).getCluster(), "spec.rules[" + r + "].forward[" + f + "].cluster", problems);
            }
            List<Mirror> mirror = route.getRules(r).getMirrorList();
            for (int m = 0; m < mirror.size(); m++) {
                exists(mirror.get(m).getCluster(), "spec.rules[" + r + "].mirror[" + m + "].cluster", problems);
            }
        }
    }

    private void exists(String cluster, String field, Problems problems) {
        if (!destinations.contains(cluster) && !cluster.isEmpty()) {
            problems.add(
                    Code.DANGLING,
                    field,
                    "sends to cluster \"" + cluster
                            + "\", which does not exist, nor is a service of that name registered",
                    Suggestion.of(cluster, destinations));
        }
    }

    private void claims(Resource resource, Problems problems) {
        Route route = resource.getRoute();
        List<String> places = route.getListenersCount() == 0 ? List.of(EVERYWHERE) : route.getListenersList();
        for (int h = 0; h < route.getHostsCount(); h++) {
            String host = route.getHosts(h).toLowerCase(Locale.ROOT);
            for (String place : places) {
                String other = claims.putIfAbsent(host + "@" + place, resource.getName());
                if (other != null && !other.equals(resource.getName())) {
                    String where = place.isEmpty() ? "" : " at \"" + place + "\"";
                    problems.add(
                            Code.DUPLICATE,
                            "spec.hosts[" + h + "]",
                            "\"" + host + "\" belongs to route \"" + other + "\" already" + where);
                }
            }
        }
    }

    private void listener(Resource resource, Problems problems) {
        List<String> served = resource.getListener().getRoutesList();
        for (int i = 0; i < served.size(); i++) {
            if (!routes.contains(served.get(i))) {
                problems.add(
                        Code.DANGLING,
                        "spec.routes[" + i + "]",
                        Validation.Kinds.name(Kind.ROUTE) + " \"" + served.get(i) + "\" does not exist",
                        Suggestion.of(served.get(i), routes));
            }
        }
        exists(resource.getListener().getCluster(), "spec.cluster", problems);
        List<PassThrough> carried = resource.getListener().getPassThroughList();
        for (int i = 0; i < carried.size(); i++) {
            exists(carried.get(i).getCluster(), "spec.pass_through[" + i + "].cluster", problems);
        }
    }
}
