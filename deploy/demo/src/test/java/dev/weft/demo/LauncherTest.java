package dev.weft.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.ScriptRun.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LauncherTest {
    private static final String JARS = "/proc/self/fd/9";

    @TempDir
    Path machine;

    private ScriptRun scripts;
    private Path home;

    @BeforeEach
    void install() throws IOException {
        scripts = new ScriptRun(machine);
        home = scripts.distribution("opt weft/weft-1.2.3");
    }

    private Outcome weft(String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 1];
        command[0] = home.resolve("bin/weft").toString();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return scripts.run(machine, command);
    }

    @Test
    void withoutAnyJavaOneLineSaysHowToGetIt() throws Exception {
        Outcome outcome = weft("version");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err().lines())
                .singleElement()
                .asString()
                .contains("needs Java 25", "found: none", "https://adoptium.net", "JAVA_HOME");
    }

    @Test
    void anOlderJavaIsNamedAndNotUsed() throws Exception {
        scripts.with("JAVA_HOME", scripts.java("usr/lib/jvm/java-17", "17.0.15").toString());

        Outcome outcome = weft("version");

        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err()).contains("found: 17");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "usr/lib/jvm/temurin-25",
                "opt/jdk-25.0.1",
                "opt/java/openjdk",
                "usr/local/jdk-25",
                "home/.sdkman/candidates/java/25.0.1-tem",
                "home/.jdks/temurin-25.0.1",
                "home/.asdf/installs/java/temurin-25"
            })
    void aNewJavaIsFoundInTheUsualFoldersWhereTheDefaultIsOld(String folder) throws Exception {
        Path old = scripts.java("usr/lib/jvm/java-17", "17.0.15");
        Path recent = scripts.java(folder, "25.0.1");
        scripts.with("JAVA_HOME", old.toString());

        assertThat(weft("version").out()).startsWith(recent + "/bin/java\n");
    }

    @Test
    void javaHomeGoesBeforeAllOthers() throws Exception {
        scripts.java("usr/lib/jvm/temurin-25", "25.0.1");
        Path chosen = scripts.java("elsewhere/jdk", "26");
        scripts.with("JAVA_HOME", chosen.toString());

        assertThat(weft("version").out()).startsWith(chosen + "/bin/java\n");
    }

    @ParameterizedTest
    @CsvSource({
        "control-plane, weft-control-plane, dev.weft.controlplane.Main, --x",
        "sidecar, weft-sidecar, dev.weft.sidecar.Main, sidecar --x",
        "gateway, weft-sidecar, dev.weft.sidecar.Main, gateway --x",
        "demo, weft-demo, dev.weft.demo.Main, --x",
        "apply, weft-cli, dev.weft.cli.Main, apply --x",
    })
    void theVerbChoosesJarsAndProgram(String verb, String jar, String main, String arguments) throws Exception {
        scripts.java("usr/lib/jvm/temurin-25", "25.0.1");

        assertThat(weft(verb, "--x").out())
                .endsWith("\n-cp\n" + JARS + "/" + jar + "-1.2.3.jar\n" + main + "\n" + arguments.replace(' ', '\n')
                        + "\n");
    }

    /** An AOT cache that does not find its jars under the names that they had when it was made costs a sixth of a start. */
    @Test
    void jarsHaveTheSameNameWhereverTheyLie() throws Exception {
        Path java = scripts.java("usr/lib/jvm/temurin-25", "25.0.1");
        Files.writeString(java.resolve("bin/java"), "#!/bin/sh\nreadlink " + JARS + "\n");

        for (String place : new String[] {"opt weft/weft-1.2.3", "srv/another"}) {
            Path installed = scripts.distribution(place);
            assertThat(scripts.run(machine, installed.resolve("bin/weft").toString(), "version")
                            .out())
                    .isEqualTo(installed.resolve("lib") + "\n");
        }
    }

    @Test
    void aRoleUsesItsCacheAndIsRecordedOrMadeIntoOneOnlyForTheTraining() throws Exception {
        scripts.java("usr/lib/jvm/temurin-25", "25.0.1");

        assertThat(weft("sidecar").out().lines())
                .contains("-XX:AOTCache=" + home + "/lib/sidecar.aot")
                .noneMatch(flag -> flag.startsWith("-XX:AOTMode="));

        scripts.with("WEFT_AOT_RECORD", machine + "/a record");
        assertThat(weft("apply").out().lines())
                .contains("-XX:AOTMode=record", "-XX:AOTConfiguration=" + machine + "/a record")
                .noneMatch(flag -> flag.startsWith("-XX:AOTCache="));

        scripts.with("WEFT_AOT_RECORD", "");
        scripts.with("WEFT_AOT_CREATE", machine + "/a record");
        assertThat(weft("apply").out().lines())
                .contains(
                        "-XX:AOTMode=create",
                        "-XX:AOTConfiguration=" + machine + "/a record",
                        "-XX:AOTCache=" + home + "/lib/cli.aot");
    }

    /** The other way about, a process whose buffers slow clients have filled answers nobody any more, and does not recover. */
    @ParameterizedTest
    @ValueSource(strings = {"sidecar", "gateway"})
    void nettyMeetsItsLimitOfMemoryForBuffersBeforeTheJvms(String role) throws Exception {
        scripts.java("usr/lib/jvm/temurin-25", "25.0.1");

        List<String> flags = weft(role).out().lines().toList();

        long jvm = Long.parseLong(after("-XX:MaxDirectMemorySize=", flags).replace("m", "")) << 20;
        assertThat(Long.parseLong(after("-Dio.netty.maxDirectMemory=", flags)))
                .isPositive()
                .isLessThan(jvm);
    }

    private static String after(String flag, List<String> flags) {
        return flags.stream()
                .filter(each -> each.startsWith(flag))
                .map(each -> each.substring(flag.length()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void helpForARoleIsTheRoleSOwn() throws Exception {
        scripts.java("usr/lib/jvm/temurin-25", "25.0.1");

        assertThat(weft("help", "gateway").out()).endsWith("\ndev.weft.sidecar.Main\ngateway\n--help\n");
    }

    @Test
    void argumentsArriveAsTheyWereTyped() throws Exception {
        scripts.java("usr/lib/jvm/temurin-25", "25.0.1");

        assertThat(weft("apply", "-m", "two  words; $HOME *", "").out())
                .endsWith("\napply\n-m\ntwo  words; $HOME *\n\n");
    }

    @Test
    void itStartsThroughSymbolicLinksFromAnyFolder() throws Exception {
        scripts.java("usr/lib/jvm/temurin-25", "25.0.1");
        Path first = Files.createSymbolicLink(machine.resolve("bin/weft-1"), home.resolve("bin/weft"));
        Path second = Files.createSymbolicLink(machine.resolve("weft-2"), Path.of("bin", "weft-1"));

        for (Path link : new Path[] {first, second}) {
            assertThat(scripts.run(Path.of("/"), link.toString(), "version").out())
                    .contains("-Dweft.home=" + home + "\n");
        }
        assertThat(scripts.run(home, "bin/weft", "version").out()).contains("-Dweft.home=" + home + "\n");
    }

    @Test
    void flagsOfTheUserComeAfterThoseOfTheRole() throws Exception {
        scripts.java("usr/lib/jvm/temurin-25", "25.0.1");
        scripts.with("WEFT_JAVA_OPTS", "-Xmx1g -Dx=y");

        assertThat(weft("sidecar").out()).containsSubsequence("-Xmx", "\n-Xmx1g\n-Dx=y\n-cp\n");
    }
}
