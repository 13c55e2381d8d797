package dev.weft.sidecar.load;

import com.google.protobuf.ByteString;
import dev.weft.proxy.model.ClusterStatus;
import dev.weft.sidecar.discovery.LoadStatsRequest;
import dev.weft.sidecar.discovery.LoadStatsResponse;
import dev.weft.sidecar.discovery.Methods;
import dev.weft.sidecar.live.Timers;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The load reporting service's client. Confined to the configuration's thread.
 *
 * <p>A stream is open while a control plane is connected and at least one cluster says that its load is to be reported there
 * ({@code lrs_server: {self: {}}}). The control plane answers the first message with which clusters it means and how often; each report
 * tells what came since the one before. A control plane that does not know the service is asked again now and then, quietly.
 */
public final class LoadReporter {
    private static final Logger LOG = LoggerFactory.getLogger(LoadReporter.class);
    private static final Duration AGAIN = Duration.ofSeconds(10);
    private static final Duration SHORTEST = Duration.ofMillis(100);

    private final ByteString node;
    private final Supplier<Optional<Channel>> connected;
    private final Supplier<Map<String, String>> reported;
    private final LoadCounts counts;
    private final Timers timers;
    private final Executor thread;
    private @Nullable Stream stream;
    private Timers.@Nullable Timer again;

    /**
     * @param node {@code envoy.config.core.v3.Node}
     * @param connected to the control plane that is in use
     * @param reported clusters whose load is reported, with the names of their EDS resources
     * @param clusters as they are now
     * @param nanoTime of a clock that only goes forward
     */
    public LoadReporter(
            ByteString node,
            Supplier<Optional<Channel>> connected,
            Supplier<Map<String, String>> reported,
            Supplier<List<ClusterStatus>> clusters,
            Timers timers,
            Executor thread,
            Supplier<Long> nanoTime) {
        this.node = node;
        this.connected = connected;
        this.reported = reported;
        this.counts = new LoadCounts(clusters, nanoTime);
        this.timers = timers;
        this.thread = thread;
    }

    /** Opens or ends the stream as what is connected and configured has come to demand. */
    public void refresh() {
        Optional<Channel> to = reported.get().isEmpty() ? Optional.empty() : connected.get();
        Stream open = stream;
        if (open != null && (to.isEmpty() || !to.get().equals(open.channel))) {
            open.end();
            stream = null;
        }
        if (stream == null && again == null && to.isPresent()) {
            stream = new Stream(to.get());
            stream.begin();
        }
    }

    private void ended(Stream which, Status status) {
        if (stream != which) {
            return;
        }
        LOG.debug("load reports ended: {}", status);
        stream = null;
        again = timers.after(AGAIN, () -> {
            again = null;
            refresh();
        });
    }

    private final class Stream extends ClientCall.Listener<LoadStatsResponse> {
        final Channel channel;
        private final ClientCall<LoadStatsRequest, LoadStatsResponse> call;
        private Timers.@Nullable Timer next;
        private @Nullable LoadStatsResponse asked;

        Stream(Channel channel) {
            this.channel = channel;
            this.call = channel.newCall(Methods.LOAD_STATS, CallOptions.DEFAULT.withExecutor(thread));
        }

        void begin() {
            call.start(this, new Metadata());
            call.request(1);
            call.sendMessage(new LoadStatsRequest(node, List.of()));
        }

        void end() {
            stop();
            call.cancel("no load is reported here any more", null);
        }

        private void stop() {
            if (next != null) {
                next.cancel();
            }
        }

        @Override
        public void onMessage(LoadStatsResponse response) {
            if (asked == null) {
                counts.begin();
            }
            asked = response;
            stop();
            schedule(response);
            call.request(1);
        }

        private void schedule(LoadStatsResponse response) {
            Duration interval = response.interval().compareTo(SHORTEST) < 0 ? SHORTEST : response.interval();
            next = timers.after(interval, () -> {
                call.sendMessage(new LoadStatsRequest(
                        ByteString.EMPTY,
                        counts.since(
                                reported.get(),
                                name -> response.all() || response.clusters().contains(name))));
                schedule(response);
            });
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            stop();
            ended(this, status);
        }
    }
}
