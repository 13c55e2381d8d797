package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.weft.cli.Weft.Outcome;
import dev.weft.v1.Cluster;
import dev.weft.v1.Instance;
import dev.weft.v1.Listener;
import dev.weft.v1.Route;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The proto files' comments are the reference of manifests, and no field goes without. */
final class ExplainTest {
    @Test
    void aFieldIsExplainedWithItsTypeAndItsFields() {
        Outcome outcome = Weft.run("explain", "route.rules.retry");
        assertThat(outcome.code()).isZero();
        assertThat(outcome.out()).startsWith("route.rules.retry <Retry>\n").contains("attempts <number>", "Default:");
    }

    @Test
    void specIsNoFieldOfItsOwnAndListsNeedNoBrackets() {
        assertThat(Weft.run("explain", "cluster.spec.health_checks[].interval").out())
                .contains("<duration>")
                .contains(Weft.run("explain", "cluster.health_checks.interval")
                        .out()
                        .lines()
                        .skip(2)
                        .findFirst()
                        .orElseThrow());
    }

    @Test
    void everyFieldOfEveryKindIsExplained() {
        List<String> paths = new ArrayList<>();
        collect("cluster", Cluster.getDescriptor(), paths);
        collect("route", Route.getDescriptor(), paths);
        collect("listener", Listener.getDescriptor(), paths);
        collect("instance", Instance.getDescriptor(), paths);
        assertThat(paths).hasSizeGreaterThan(80);
        assertThat(paths.stream()
                        .filter(path -> Weft.run("explain", path).out().contains("No more is said of it."))
                        .toList())
                .isEmpty();
    }

    private static void collect(String path, Descriptor message, List<String> paths) {
        paths.add(path);
        for (FieldDescriptor field : message.getFields()) {
            boolean ours = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                    && !field.isMapField()
                    && field.getMessageType().getFullName().startsWith("weft.");
            if (ours) {
                collect(path + "." + field.getName(), field.getMessageType(), paths);
            } else {
                paths.add(path + "." + field.getName());
            }
        }
    }

    @Test
    void aWrongNameIsAnsweredWithTheLikelyMeant() {
        assertThat(Weft.run("explain", "route.rules.retyr").err())
                .contains("rules has no field \"retyr\"", "did you mean: retry");
        assertThat(Weft.run("explain", "all").err()).contains("expected: a kind");
    }
}
