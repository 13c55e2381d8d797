package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** The flags of {@code weft control-plane}. */
final class FlagsTest {
    /** Which of the two is meant is decided with their variables. */
    private static final List<String> DECIDED_LATER = List.of("--data", "--etcd", "--help", "--version");

    @Test
    void everyFlagHasAVariable() {
        assertThat(Main.commandLine().getCommandSpec().options())
                .hasSizeGreaterThan(15)
                .filteredOn(option -> !DECIDED_LATER.contains(option.longestName()))
                .allSatisfy(option ->
                        assertThat(asWritten(option)).as(option.longestName()).startsWith("${env:" + variable(option)));
    }

    /** The default before variables are put in. */
    private static String asWritten(OptionSpec option) {
        return ((Field) option.userObject()).getAnnotation(Option.class).defaultValue();
    }

    private static String variable(OptionSpec option) {
        return "WEFT_" + option.longestName().substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
    }
}
