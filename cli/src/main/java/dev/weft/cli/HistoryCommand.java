package dev.weft.cli;

import com.google.protobuf.util.Timestamps;
import dev.weft.api.client.MeshClient;
import dev.weft.api.validation.Validation.Kinds;
import dev.weft.v1.HistoryEntry;
import dev.weft.v1.HistoryRequest;
import dev.weft.v1.ResourceChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Past applies, newest first. */
@Command(name = "history", description = "Shows past changes, newest first.")
final class HistoryCommand extends Verb {
    @Mixin
    private Server server = new Server();

    @Parameters(paramLabel = "KIND/NAME", arity = "0..2", description = "Only changes of this resource.")
    private List<String> what = new ArrayList<>();

    @Option(names = "--limit", defaultValue = "20", description = "How many (default: ${DEFAULT-VALUE}).")
    private int limit;

    @Override
    public Integer call() {
        HistoryRequest.Builder request = HistoryRequest.newBuilder().setLimit(limit);
        if (!what.isEmpty()) {
            request.setRef(Refs.refs(what).getFirst());
        }
        try (MeshClient mesh = server.connect()) {
            Table table = new Table("REVISION", "AT", "AUTHOR", "CHANGES", "MESSAGE");
            for (HistoryEntry entry : mesh.call(m -> m.history(request.build())).getEntriesList()) {
                table.row(
                        entry.getRevision(),
                        Timestamps.toString(entry.getAt()),
                        dash(entry.getAuthor()),
                        entry.getChangesList().stream()
                                .map(HistoryCommand::change)
                                .collect(Collectors.joining(", ")),
                        dash(entry.getMessage()));
            }
            table.print(out());
            return ExitCode.OK;
        }
    }

    private static String change(ResourceChange change) {
        return Kinds.name(change.getRef().getKind()) + "/" + change.getRef().getName() + " "
                + change.getAction().name().toLowerCase(Locale.ROOT);
    }

    static String dash(String text) {
        return text.isEmpty() ? "-" : text;
    }
}
