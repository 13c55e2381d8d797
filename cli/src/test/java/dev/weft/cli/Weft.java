package dev.weft.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** Runs the command as a shell would. Stateless. */
final class Weft {
    private Weft() {}

    /** What it printed, and its exit code. */
    record Outcome(int code, String out, String err) {}

    static Outcome run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine weft = Main.commandLine();
        weft.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return new Outcome(weft.execute(arguments), out.toString(), err.toString());
    }
}
