package dev.weft.cli;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import dev.weft.api.manifest.ManifestWriter;
import dev.weft.api.validation.Validation.Kinds;
import dev.weft.v1.Resource;
import dev.weft.v1.ResourceChange;
import dev.weft.v1.ResourceChange.Action;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Changes as lines and as diffs. Pure. */
final class Changes {
    private Changes() {}

    /** {@code cluster/reviews created (revision 57)}, one line each. */
    static void print(PrintWriter out, List<ResourceChange> changes, String suffix) {
        for (ResourceChange change : changes) {
            out.println(name(change) + " " + change.getAction().name().toLowerCase(Locale.ROOT) + suffix);
        }
        out.flush();
    }

    static boolean any(List<ResourceChange> changes) {
        return changes.stream().anyMatch(change -> change.getAction() != Action.UNCHANGED);
    }

    /** Unified diffs of the manifests, as they are and as they would be. */
    static void diff(PrintWriter out, List<ResourceChange> changes) {
        for (ResourceChange change : changes) {
            if (change.getAction() != Action.UNCHANGED) {
                List<String> before = lines(change.hasBefore(), change.getBefore());
                List<String> after = lines(change.hasAfter(), change.getAfter());
                UnifiedDiffUtils.generateUnifiedDiff(
                                change.hasBefore() ? name(change) : "/dev/null",
                                change.hasAfter() ? name(change) : "/dev/null",
                                before,
                                DiffUtils.diff(before, after),
                                3)
                        .forEach(out::println);
            }
        }
        out.flush();
    }

    private static List<String> lines(boolean present, Resource resource) {
        Resource authored = resource.toBuilder()
                .clearRevision()
                .clearCreatedRevision()
                .clearUpdatedAt()
                .build();
        return present ? ManifestWriter.yaml(List.of(authored)).lines().toList() : List.of();
    }

    private static String name(ResourceChange change) {
        return Kinds.name(change.getRef().getKind()) + "/" + change.getRef().getName();
    }
}
