package dev.weft.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.ScriptRun.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./weft}, with a Maven that says what it was asked and makes a distribution that says what it was given. */
class CheckoutTest {
    private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));

    @TempDir
    Path machine;

    private ScriptRun scripts;
    private Path root;
    private Path source;

    @BeforeEach
    void checkOut() throws IOException {
        scripts = new ScriptRun(machine);
        root = scripts.checkout("check out");
        source = Files.createDirectories(root.resolve("cli/src/main/java")).resolve("Verb.java");
        Files.writeString(source, "class Verb {}");
        Files.createDirectories(root.resolve("cli/src/test/java"));
        Files.createDirectories(root.resolve("examples"));
        Files.writeString(root.resolve("pom.xml"), "<project/>");
    }

    private void installJdk() throws IOException {
        Path jdk = scripts.java("usr/lib/jvm/temurin-25", "25.0.1");
        ScriptRun.executable(jdk.resolve("bin/javac"), "exit 0");
    }

    private void installMaven(String script) throws IOException {
        ScriptRun.executable(
                machine.resolve("bin/mvn"), "echo \"mvn $*\" >>'" + machine.resolve("mvn.calls") + "'\n" + script);
    }

    private String makesDistribution() {
        Path home = root.resolve("deploy/target/weft-1");
        return "mkdir -p '" + home.resolve("bin") + "'\n"
                + "printf '#!/bin/sh\\necho weft \"$@\"\\n' >'" + home.resolve("bin/weft") + "'\n"
                + "chmod +x '" + home.resolve("bin/weft") + "'\n"
                + "echo '" + home + "' >'" + root.resolve("deploy/target/distribution") + "'";
    }

    private Outcome weft(String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 1];
        command[0] = root.resolve("weft").toString();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return scripts.run(machine, command);
    }

    private long builds() throws IOException {
        Path calls = machine.resolve("mvn.calls");
        return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
    }

    /** As if all that there is were older than the last build. */
    private void age() throws IOException {
        try (var all = Files.walk(root)) {
            for (Path path : all.filter(p -> !p.startsWith(root.resolve("deploy/target")))
                    .toList()) {
                Files.setLastModifiedTime(path, LONG_AGO);
            }
        }
    }

    @Test
    void itBuildsOnceAndThenOnlyStarts() throws Exception {
        installJdk();
        installMaven(makesDistribution());
        age();

        Outcome first = weft("get", "routes");
        Outcome second = weft("get", "routes");

        assertThat(first.out()).isEqualTo("weft get routes\n");
        assertThat(first.err()).contains("building");
        assertThat(second.out()).isEqualTo("weft get routes\n");
        assertThat(second.err()).isEmpty();
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void aChangedOrRemovedSourceIsBuiltAgainAndATestIsNot() throws Exception {
        installJdk();
        installMaven(makesDistribution());
        age();
        weft("version");

        Files.writeString(root.resolve("cli/src/test/java/VerbTest.java"), "class VerbTest {}");
        weft("version");
        assertThat(builds()).as("after a test").isEqualTo(1);

        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
        weft("version");
        assertThat(builds()).as("after a source").isEqualTo(2);

        age();
        Files.delete(source);
        Files.setLastModifiedTime(
                source.getParent(), FileTime.from(Instant.now().plusSeconds(5)));
        weft("version");
        assertThat(builds()).as("after a source that went away").isEqualTo(3);
    }

    @Test
    void whatIsBuiltNeedsNeitherJdkNorMaven() throws Exception {
        installJdk();
        installMaven(makesDistribution());
        age();
        weft("version");
        Files.delete(machine.resolve("bin/mvn"));
        Files.delete(machine.resolve("usr/lib/jvm/temurin-25/bin/javac"));

        assertThat(weft("version").out()).isEqualTo("weft version\n");
    }

    @Test
    void withoutAJdkOneLineSaysHowToGetIt() throws Exception {
        scripts.java("usr/lib/jvm/a-runtime-only", "25.0.1");
        installMaven("exit 1");

        Outcome outcome = weft("version");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err().lines()).singleElement().asString().contains("needs JDK 25");
        assertThat(builds()).isZero();
    }

    @Test
    void aFailedBuildShowsItsErrorsAndWhereTheRestIs() throws Exception {
        installJdk();
        installMaven("echo '[INFO] fine'; echo '[ERROR] Verb.java:[1,1] nonsense'; exit 1");

        Outcome outcome = weft("version");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err())
                .contains(
                        "[ERROR] Verb.java:[1,1] nonsense",
                        root.resolve("deploy/target/build.log").toString())
                .doesNotContain("fine");
        assertThat(outcome.out()).isEmpty();
    }

    @Test
    void ofTwoThatStartAtOnceOneBuilds() throws Exception {
        installJdk();
        installMaven("sleep 1\n" + makesDistribution());
        age();
        String both = "'" + root.resolve("weft") + "' a & '" + root.resolve("weft") + "' b & wait";

        Outcome outcome = scripts.run(machine, "sh", "-c", both);

        assertThat(outcome.out().lines()).containsExactlyInAnyOrder("weft a", "weft b");
        assertThat(builds()).isEqualTo(1);
    }
}
