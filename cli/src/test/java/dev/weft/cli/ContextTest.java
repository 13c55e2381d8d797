package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.cli.Weft.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Contexts are written, read, and chosen among; the file is its owner's alone. */
final class ContextTest {
    private final String realHome = System.getProperty("user.home");

    @TempDir
    private Path home;

    @BeforeEach
    void moveIn() {
        System.setProperty("user.home", home.toString());
    }

    @AfterEach
    void moveOut() {
        System.setProperty("user.home", realHome);
    }

    private static Outcome context(String arguments) {
        return Weft.run(("context " + arguments).split(" "));
    }

    @Test
    void theFirstIsPutToUseAndOthersWhenToldTo() throws Exception {
        assertThat(context("set here -s 127.0.0.1:1").out()).isEqualTo("context here created\n");
        assertThat(context("set there -s 127.0.0.1:2 --tls-ca system").code()).isZero();
        assertThat(context("list").out().lines().map(line -> line.replaceAll(" +", " ")))
                .containsExactly("IN USE CONTEXT SERVER TLS", "* here 127.0.0.1:1 -", " there 127.0.0.1:2 yes");
        assertThat(Weft.run("status").err()).contains("127.0.0.1:1 ");

        assertThat(context("use there").out()).isEqualTo("context there in use (127.0.0.1:2)\n");
        assertThat(Weft.run("status").err()).contains("127.0.0.1:2 ");
        assertThat(Weft.run("status", "--context", "here").err()).contains("127.0.0.1:1 ");
        assertThat(Weft.run("status", "--server", "127.0.0.1:3").err()).contains("127.0.0.1:3 ");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(home.resolve(".config/weft/config.yaml"))))
                .isEqualTo("rw-------");
    }

    @Test
    void whatIsNotGivenStaysAsItWas() throws Exception {
        context("set here -s 127.0.0.1:1 --tls-ca ca.pem --tls-cert me.pem --tls-key me.key");
        assertThat(context("set here -s 127.0.0.1:2").out()).isEqualTo("context here configured\n");
        assertThat(context("list").out()).contains("127.0.0.1:2", "mutual");
        assertThat(Files.readString(home.resolve(".config/weft/config.yaml")))
                .contains(Path.of("ca.pem").toAbsolutePath().toString());
    }

    @Test
    void oneThatIsDeletedIsNoLongerInUse() {
        context("set here -s 127.0.0.1:1");
        assertThat(context("delete here").out()).isEqualTo("context here deleted\n");
        assertThat(context("list").out()).doesNotContain("here");
    }

    @Test
    void oneThatIsNotThereIsNamedWithTheLikelyMeant() {
        context("set production -s 127.0.0.1:1");
        for (String verb :
                new String[] {"context use prodution", "context delete prodution", "status --context prodution"}) {
            Outcome outcome = Weft.run(verb.split(" "));
            assertThat(outcome.code()).isEqualTo(65);
            assertThat(outcome.err()).contains("no context \"prodution\"", "did you mean: production");
        }
        assertThat(context("set other").err()).contains("--server is missing");
    }

    @Test
    void aFileThatIsNoYamlIsNamed() throws Exception {
        Path file = Files.createDirectories(home.resolve(".config/weft")).resolve("config.yaml");
        Files.writeString(file, "contexts: [");
        Outcome outcome = Weft.run("status");
        assertThat(outcome.code()).isEqualTo(65);
        assertThat(outcome.err()).contains(file + " cannot be read");
    }
}
