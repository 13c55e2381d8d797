package dev.weft.controlplane.management;

import dev.weft.api.validation.Code;
import dev.weft.api.validation.Suggestion;
import dev.weft.api.validation.Validation;
import dev.weft.api.validation.Validation.Kinds;
import dev.weft.controlplane.mesh.Mesh;
import dev.weft.v1.ApplyRequest;
import dev.weft.v1.Conflict;
import dev.weft.v1.Forward;
import dev.weft.v1.Problem;
import dev.weft.v1.Resource;
import dev.weft.v1.ResourceChange;
import dev.weft.v1.ResourceChange.Action;
import dev.weft.v1.ResourceRef;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What an apply would do to a mesh, or what is wrong with it. Immutable; made by a pure function, so that a dry run and the apply
 * itself cannot differ.
 *
 * @param problems not empty: nothing may be stored
 * @param conflict present: a resource changed since the revision that the caller saw
 */
record ApplyPlan(
        List<Resource> puts,
        List<ResourceRef> deletes,
        List<ResourceChange> changes,
        List<Problem> problems,
        List<Problem> warnings,
        Optional<Conflict> conflict) {
    static ApplyPlan of(Mesh mesh, ApplyRequest request) {
        List<Resource> wanted =
                request.getResourcesList().stream().map(ApplyPlan::authored).toList();
        Set<ResourceRef> deletes = new LinkedHashSet<>(request.getDeletesList());
        prune(mesh, request, wanted, deletes);

        List<Problem> problems = new ArrayList<>(Validation.check(wanted));
        problems.addAll(missing(mesh, deletes));
        if (problems.isEmpty()) {
            Set<Problem> before =
                    new HashSet<>(Validation.check(List.of(), List.copyOf(mesh.resources()), mesh.knownServices()));
            // What was wrong before, and is not this request's doing, must not stop it.
            Validation.check(wanted, mesh.after(wanted, deletes), mesh.knownServices()).stream()
                    .filter(problem -> !before.contains(problem))
                    .forEach(problems::add);
        }

        List<ResourceChange> changes = new ArrayList<>();
        List<Resource> puts = new ArrayList<>();
        for (Resource resource : wanted) {
            ResourceChange change = change(mesh, resource);
            changes.add(change);
            if (change.getAction() != Action.UNCHANGED) {
                puts.add(resource);
            }
        }
        for (ResourceRef ref : deletes) {
            Resource before = mesh.resource(ref);
            if (before != null) {
                changes.add(ResourceChange.newBuilder()
                        .setRef(ref)
                        .setAction(Action.DELETED)
                        .setBefore(before)
                        .build());
            }
        }
        return new ApplyPlan(
                puts, List.copyOf(deletes), changes, problems, warnings(mesh, wanted), conflict(request, changes));
    }

    boolean changesNothing() {
        return puts.isEmpty() && deletes.isEmpty();
    }

    /** Without what only the server sets. */
    static Resource authored(Resource resource) {
        return resource.toBuilder()
                .clearRevision()
                .clearCreatedRevision()
                .clearUpdatedAt()
                .build();
    }

    private static void prune(Mesh mesh, ApplyRequest request, List<Resource> wanted, Set<ResourceRef> deletes) {
        if (request.getPruneOwner().isEmpty()) {
            return;
        }
        Set<ResourceRef> kept = new HashSet<>();
        wanted.forEach(resource -> kept.add(Validation.ref(resource)));
        mesh.resources().stream()
                .filter(resource -> resource.getOwner().equals(request.getPruneOwner()))
                .map(Validation::ref)
                .filter(ref -> !kept.contains(ref))
                .forEach(deletes::add);
    }

    private static List<Problem> missing(Mesh mesh, Set<ResourceRef> deletes) {
        return deletes.stream()
                .filter(ref -> mesh.resource(ref) == null)
                .map(ref -> Problem.newBuilder()
                        .setResourceIndex(-1)
                        .setRef(ref)
                        .setField("name")
                        .setCode(Code.DANGLING.text())
                        .setText(Kinds.name(ref.getKind()) + " \"" + ref.getName() + "\" does not exist")
                        .setSuggestion(Suggestion.of(
                                ref.getName(),
                                mesh.resources().stream()
                                        .filter(r -> Kinds.of(r) == ref.getKind())
                                        .map(Resource::getName)
                                        .toList()))
                        .build())
                .toList();
    }

    private static ResourceChange change(Mesh mesh, Resource resource) {
        ResourceRef ref = Validation.ref(resource);
        ResourceChange.Builder change = ResourceChange.newBuilder().setRef(ref).setAfter(resource);
        Resource before = mesh.resource(ref);
        if (before == null) {
            return change.setAction(Action.CREATED).build();
        }
        Action action = authored(before).equals(resource) ? Action.UNCHANGED : Action.CONFIGURED;
        return change.setBefore(before).setAction(action).build();
    }

    private static Optional<Conflict> conflict(ApplyRequest request, List<ResourceChange> changes) {
        long expected = request.getExpectedRevision();
        if (expected == 0) {
            return Optional.empty();
        }
        return changes.stream()
                .filter(change -> change.getBefore().getRevision() > expected)
                .findFirst()
                .map(change -> Conflict.newBuilder()
                        .setRef(change.getRef())
                        .setExpectedRevision(expected)
                        .setActualRevision(change.getBefore().getRevision())
                        .build());
    }

    private static List<Problem> warnings(Mesh mesh, List<Resource> wanted) {
        List<Problem> warnings = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            Resource resource = wanted.get(i);
            if (resource.getCluster().hasInstances()
                    && !mesh.services()
                            .contains(resource.getCluster().getInstances().getService())) {
                String service = resource.getCluster().getInstances().getService();
                warnings.add(warning(
                        i,
                        resource,
                        "spec.instances.service",
                        "no instance of service \"" + service + "\" is registered yet",
                        Suggestion.of(service, mesh.services())));
            }
            for (int r = 0; r < resource.getRoute().getRulesCount(); r++) {
                List<Forward> forward = resource.getRoute().getRules(r).getForwardList();
                if (r + 1 < resource.getRoute().getRulesCount()
                        && resource.getRoute().getRules(r).getMatch().equals(dev.weft.v1.Match.getDefaultInstance())
                        && !forward.isEmpty()) {
                    warnings.add(warning(
                            i,
                            resource,
                            "spec.rules[" + r + "]",
                            "matches everything, so later rules" + " are never reached",
                            ""));
                }
            }
        }
        return warnings;
    }

    private static Problem warning(int index, Resource resource, String field, String text, String suggestion) {
        return Problem.newBuilder()
                .setResourceIndex(index)
                .setRef(Validation.ref(resource))
                .setField(field)
                .setText(text)
                .setSuggestion(suggestion)
                .setCode(Code.SUSPICIOUS.text())
                .build();
    }
}
