package dev.weft.cli;

import java.util.Map;
import java.util.TreeMap;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;

/** Scripts for shells. */
@Command(
        name = "completion",
        description = "Prints a completion script.",
        footer = {
            "",
            "  bash: source <(weft completion bash)",
            "  zsh:  source <(weft completion zsh)",
            "  fish: weft completion fish | source"
        })
final class CompletionCommand extends Verb {
    /** Shells that are known. */
    enum Shell {
        BASH,
        ZSH,
        FISH
    }

    @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
    private Shell shell = Shell.BASH;

    @Override
    public Integer call() {
        CommandLine weft = Main.commandLine();
        switch (shell) {
            case BASH -> out().print(AutoComplete.bash("weft", weft));
            case ZSH -> out().print("autoload -U +X bashcompinit && bashcompinit\n" + AutoComplete.bash("weft", weft));
            case FISH -> fish(weft);
        }
        out().flush();
        return ExitCode.OK;
    }

    private void fish(CommandLine weft) {
        out().println("complete -c weft -f");
        Map<String, CommandLine> verbs = new TreeMap<>(weft.getSubcommands());
        verbs.forEach((name, verb) -> {
            String[] description = verb.getCommandSpec().usageMessage().description();
            out().println("complete -c weft -n __fish_use_subcommand -a " + name + " -d "
                    + quoted(description.length == 0 ? "" : description[0]));
            for (OptionSpec option : verb.getCommandSpec().options()) {
                out().println("complete -c weft -n '__fish_seen_subcommand_from " + name + "' -l "
                        + option.longestName().replaceFirst("^-+", "")
                        + (option.arity().max() > 0 ? " -r" : ""));
            }
        });
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
