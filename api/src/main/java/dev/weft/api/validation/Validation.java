package dev.weft.api.validation;

import dev.weft.v1.Kind;
import dev.weft.v1.Problem;
import dev.weft.v1.Resource;
import dev.weft.v1.ResourceRef;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The entrance: all that is wrong with resources, by themselves or within a mesh. Pure and thread-safe. */
public final class Validation {
    private Validation() {}

    /** What can be told without knowing the mesh: form, ranges, choices, duplicates among the resources themselves. */
    public static List<Problem> check(List<Resource> resources) {
        List<Problem> all = new ArrayList<>();
        Set<ResourceRef> seen = new HashSet<>();
        for (int i = 0; i < resources.size(); i++) {
            Resource resource = resources.get(i);
            Problems problems = new Problems(i, ref(resource));
            new Fields(problems).name(resource.getName(), "name");
            new Fields(problems).labels(resource.getLabelsMap(), "labels");
            if (!seen.add(ref(resource))) {
                problems.add(
                        Code.DUPLICATE,
                        "name",
                        Kinds.name(resource) + " \"" + resource.getName() + "\" is defined twice");
            }
            spec(resource, problems);
            all.addAll(problems.found());
        }
        return all;
    }

    /**
     * What only the mesh can tell: dangling references and claims on the same place.
     *
     * @param applied the resources of the request, for the index that a problem carries
     * @param after every Cluster, Route and Listener as they would be
     * @param services names of services that have an instance, or had one
     */
    public static List<Problem> check(List<Resource> applied, List<Resource> after, Set<String> services) {
        return new MeshRules(applied, after, services).check();
    }

    public static ResourceRef ref(Resource resource) {
        return ResourceRef.newBuilder()
                .setKind(Kinds.of(resource))
                .setName(resource.getName())
                .build();
    }

    private static void spec(Resource resource, Problems problems) {
        switch (resource.getSpecCase()) {
            case CLUSTER -> new ClusterRules(problems).check(resource.getCluster());
            case ROUTE -> new RouteRules(problems).check(resource.getRoute());
            case LISTENER -> new ListenerRules(problems).check(resource.getName(), resource.getListener());
            case INSTANCE ->
                problems.add(Code.CHOICE, "kind", "instances are registered by their sidecars and cannot be applied");
            case SPEC_NOT_SET -> problems.add(Code.CHOICE, "spec", "missing (expected: the resource's spec)");
        }
    }

    /** Names of the kinds, as manifests and the CLI write them. */
    public static final class Kinds {
        private Kinds() {}

        public static Kind of(Resource resource) {
            return switch (resource.getSpecCase()) {
                case CLUSTER -> Kind.CLUSTER;
                case ROUTE -> Kind.ROUTE;
                case LISTENER -> Kind.LISTENER;
                case INSTANCE -> Kind.INSTANCE;
                case SPEC_NOT_SET -> Kind.KIND_UNSPECIFIED;
            };
        }

        /** {@code cluster}, {@code route}, {@code listener}, {@code instance}. */
        public static String name(Kind kind) {
            return kind.name().toLowerCase(java.util.Locale.ROOT);
        }

        public static String name(Resource resource) {
            return name(of(resource));
        }
    }
}
