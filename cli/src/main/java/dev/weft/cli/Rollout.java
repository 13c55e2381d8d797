package dev.weft.cli;

import com.google.protobuf.util.Durations;
import dev.weft.api.client.MeshClient;
import dev.weft.v1.NodeStatus;
import dev.weft.v1.TypeStatus;
import dev.weft.v1.WatchRolloutRequest;
import dev.weft.v1.WatchRolloutResponse;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;

/** Follows a revision until it is live everywhere, refused somewhere, or time is up. Confined to the main thread. */
final class Rollout {
    private static final long QUIET_MILLIS = 500;

    private final PrintWriter err;
    private final PrintWriter out;

    @SuppressWarnings("SystemConsoleNull") // since JDK 25 it is null again where there is no terminal
    private final boolean terminal =
            System.console() != null && System.console().isTerminal();

    Rollout(PrintWriter err, PrintWriter out) {
        this.err = err;
        this.out = out;
    }

    /**
     * @param startedNanos when the change was sent; 0 to tell the server's own measure
     */
    int follow(MeshClient mesh, long revision, Duration patience, long startedNanos) {
        WatchRolloutRequest request = WatchRolloutRequest.newBuilder()
                .setRevision(revision)
                .setTimeout(Durations.fromMillis(patience.toMillis()))
                .build();
        return mesh.stream(m -> {
            Iterator<WatchRolloutResponse> told = m.watchRollout(request);
            WatchRolloutResponse last = WatchRolloutResponse.getDefaultInstance();
            long begun = System.nanoTime();
            while (told.hasNext()) {
                last = told.next();
                if (terminal && System.nanoTime() - begun > TimeUnit.MILLISECONDS.toNanos(QUIET_MILLIS)) {
                    err.print("\rlive on " + last.getLive() + "/" + last.getNodes() + " …");
                    err.flush();
                }
            }
            return tell(last, startedNanos);
        });
    }

    private int tell(WatchRolloutResponse last, long startedNanos) {
        long millis = startedNanos == 0
                ? Durations.toMillis(last.getElapsed())
                : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos);
        String live = last.getLive() + "/" + last.getNodes() + (last.getNodes() == 1 ? " sidecar" : " sidecars");
        if (last.getRefusingCount() > 0) {
            err.println("error: revision " + last.getRevision() + " is refused; it is live on " + live);
            last.getRefusingList().forEach(this::refusal);
            return ExitCode.FAILED;
        }
        if (!last.getDone()) {
            err.println("error: revision " + last.getRevision() + " is live on " + live + " after " + millis
                    + " ms; still waiting for:");
            last.getWaitingList()
                    .forEach(node ->
                            err.println("  " + node.getId() + " (live: revision " + node.getLiveRevision() + ")"));
            return ExitCode.TIMED_OUT;
        }
        out.println("live on " + live + " in " + millis + " ms (revision " + last.getRevision() + ")");
        out.flush();
        return ExitCode.OK;
    }

    private void refusal(NodeStatus node) {
        for (TypeStatus type : node.getTypesList()) {
            if (!type.getRefusal().isEmpty()) {
                err.println("  " + node.getId() + " " + type.getType() + ": " + type.getRefusal());
            }
        }
    }
}
