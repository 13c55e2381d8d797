package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.cli.Weft.Outcome;
import io.grpc.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts decide by the exit code, and people by the first line of standard error; standard output is then empty. */
final class ExitCodesTest {
    /** Every verb that asks the control plane. {@code FILE} stands for a manifest. */
    static final List<String> VERBS = List.of(
            "apply -f FILE",
            "apply -f FILE --dry-run --diff",
            "diff -f FILE",
            "get all",
            "get route/web",
            "get clusters -w",
            "describe cluster/web",
            "delete route/web",
            "history",
            "rollback --to 3",
            "rollout status",
            "status",
            "proxy list",
            "proxy status web-1",
            "proxy config web-1");

    @TempDir
    private Path folder;

    private Outcome run(String server, String verb) throws IOException {
        Path manifest = folder.resolve("web.yaml");
        Files.writeString(manifest, "{kind: Cluster, name: web, spec: {instances: {service: web}}}");
        List<String> words = new ArrayList<>(Stream.of(verb.split(" "))
                .map(word -> word.equals("FILE") ? manifest.toString() : word)
                .toList());
        words.addAll(List.of("--server", server));
        return Weft.run(words.toArray(String[]::new));
    }

    @ParameterizedTest
    @FieldSource("VERBS")
    void nobodyListens(String verb) throws Exception {
        String nowhere;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nowhere = "127.0.0.1:" + socket.getLocalPort();
        }
        Outcome outcome = run(nowhere, verb);
        assertThat(outcome.code()).isEqualTo(69);
        assertThat(outcome.err()).startsWith("error: the control plane at " + nowhere + " cannot be reached: ");
        assertThat(outcome.err().lines()).hasSize(1);
        assertThat(outcome.out()).isEmpty();
    }

    @ParameterizedTest
    @FieldSource("VERBS")
    void theCallerMayNot(String verb) throws Exception {
        try (FakeControlPlane controlPlane = new FakeControlPlane()) {
            controlPlane.refuse(Status.PERMISSION_DENIED.withDescription("not you"));
            Outcome outcome = run(controlPlane.address(), verb);
            assertThat(outcome.code()).isEqualTo(77);
            assertThat(outcome.err()).isEqualTo("error: not you\n");
            assertThat(outcome.out()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ABORTED, 75, apply -f FILE",
        "INTERNAL, 2, diff -f FILE",
        "UNAVAILABLE, 69, status",
        "DEADLINE_EXCEEDED, 69, get all",
        "UNAUTHENTICATED, 77, history",
        "NOT_FOUND, 1, get route/web",
        "INVALID_ARGUMENT, 65, apply -f FILE",
        "INTERNAL, 1, status",
    })
    void whatTheControlPlaneSaysDecides(Status.Code told, int code, String verb) throws Exception {
        try (FakeControlPlane controlPlane = new FakeControlPlane()) {
            controlPlane.refuse(Status.fromCode(told).withDescription("its reason"));
            Outcome outcome = run(controlPlane.address(), verb);
            assertThat(outcome.code()).isEqualTo(code);
            assertThat(outcome.err()).startsWith("error: ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "apply",
                "rollback",
                "get",
                "get routes -o nonsense",
                "status -o yaml",
                "proxy status",
                "apply --unknown",
                "rollback --to soon"
            })
    void wrongUsageSaysWhereHelpIs(String verb) {
        Outcome outcome = Weft.run(verb.split(" "));
        assertThat(outcome.code()).isEqualTo(64);
        assertThat(outcome.err()).startsWith("error: ").contains("--help");
        assertThat(outcome.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "get rotues",
                "get route/",
                "apply -f none.yaml",
                "apply -f FILE --prune",
                "apply -f FILE --wait=soon",
                "rollback --to 1 --wait=soon",
                "rollout status --timeout soon",
                "status --request-timeout soon",
                "status --tls-cert only.pem",
                "status --tls-ca none.pem",
                "explain rotue",
                "explain route.ruls"
            })
    void wrongInputIsToldBeforeAnythingIsStored(String verb) throws Exception {
        try (FakeControlPlane controlPlane = new FakeControlPlane()) {
            Outcome outcome =
                    verb.startsWith("explain") ? Weft.run(verb.split(" ")) : run(controlPlane.address(), verb);
            assertThat(outcome.code()).as(outcome.err()).isEqualTo(65);
            assertThat(outcome.err()).startsWith("error: ");
            assertThat(controlPlane.applied).isEmpty();
        }
    }

    @Test
    void theCommandAloneShowsItsVerbs() {
        Outcome outcome = Weft.run();
        assertThat(outcome.code()).isEqualTo(64);
        assertThat(outcome.err()).contains("Verbs:");
        assertThat(Weft.run("--help").out()).contains("Verbs:", "context", "Roles", "Exit codes");
    }
}
