package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts for shells know every verb. */
final class CompletionTest {
    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void everyVerbIsCompleted(String shell) {
        Weft.Outcome outcome = Weft.run("completion", shell);
        assertThat(outcome.code()).isZero();
        assertThat(outcome.out()).contains(Main.commandLine().getSubcommands().keySet());
    }
}
