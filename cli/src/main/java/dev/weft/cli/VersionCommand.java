package dev.weft.cli;

import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Which build this is. */
@Command(name = "version", description = "Prints the version of this build and of its Java.")
final class VersionCommand extends Verb {
    @Override
    public Integer call() {
        for (String line : new Printed().getVersion()) {
            out().println(line);
        }
        return ExitCode.OK;
    }

    /** The version as {@code --version} prints it. */
    static final class Printed implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Optional.ofNullable(
                            VersionCommand.class.getPackage().getImplementationVersion())
                    .orElse("development");
            return new String[] {"weft " + version + " (Java " + Runtime.version() + ")"};
        }
    }
}
