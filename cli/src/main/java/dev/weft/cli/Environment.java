package dev.weft.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Gives every long flag its variable: {@code --if-revision} is {@code WEFT_IF_REVISION}. Pure but for the environment. */
final class Environment implements IDefaultValueProvider {
    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (argument instanceof OptionSpec option && option.longestName().startsWith("--")) {
            String name = option.longestName().substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
            return System.getenv("WEFT_" + name);
        }
        return null;
    }
}
