package dev.weft.sidecar.ads;

import com.google.protobuf.ByteString;
import dev.weft.sidecar.live.LiveConfig;
import dev.weft.sidecar.live.Timers;
import dev.weft.sidecar.xds.ResourceType;
import io.grpc.Channel;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Keeps a stream to a control plane for as long as the process runs. Confined to the configuration's thread.
 *
 * <p>Control planes are tried in their order, one after another without delay; only when all have failed does the client wait,
 * with jitter that grows. While it uses another than the first it looks every now and then whether the first is back, and
 * returns to it. A stream that ends after it brought something is no failure: the next one is opened at once.
 */
public final class AdsClient {
    /** What others want to know of the client. */
    public interface Observer {
        /** All control planes were tried in vain; the client goes on trying. */
        void unreachable(String reason);

        /** A response for a type was taken and answered. */
        void answered(ResourceType type);
    }

    /** Which variant of the protocol is spoken. */
    public enum Variant {
        DELTA,
        STATE_OF_THE_WORLD
    }

    /**
     * @param node {@code envoy.config.core.v3.Node}
     * @param types the wildcard types to ask for
     * @param headers sent with each stream
     */
    public record Settings(Variant variant, ByteString node, Set<ResourceType> types, Metadata headers) {}

    private static final Logger LOG = LoggerFactory.getLogger(AdsClient.class);
    private static final Duration OPENING = Duration.ofSeconds(5);
    private static final Duration LOOK_FOR_FIRST = Duration.ofSeconds(10);

    /** A stream that is ended as soon as it has brought something must not make us spin. */
    private static final Duration QUICK_RETURN = Duration.ofMillis(50);

    private final Settings settings;
    private final ControlPlanes controlPlanes;
    private final LiveConfig config;
    private final Timers timers;
    private final Executor thread;
    private final Backoff backoff;
    private final Observer observer;
    private final Map<String, String> sotwVersions = new HashMap<>();
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private @Nullable AdsStream<?, ?> stream;
    private Timers.@Nullable Timer pending;
    private Timers.@Nullable Timer returning;
    private Set<ResourceType> answered = EnumSet.noneOf(ResourceType.class);
    private int current;
    private boolean connected;

    /** Whether it has been told that no control plane can be reached. */
    private boolean away;

    private boolean leaving;

    /**
     * @param thread the configuration's
     */
    public AdsClient(
            Settings settings,
            ControlPlanes controlPlanes,
            LiveConfig config,
            Timers timers,
            Executor thread,
            RandomGenerator random,
            Observer observer) {
        this.settings = settings;
        this.controlPlanes = controlPlanes;
        this.config = config;
        this.timers = timers;
        this.thread = thread;
        this.backoff = new Backoff(random);
        this.observer = observer;
    }

    public void start() {
        connect(0);
    }

    /** Asks for what the configuration has come to want. */
    public void refresh() {
        if (stream != null) {
            stream.refresh();
        }
    }

    /** Opens the stream again, so that the server hears what we already have. */
    public void restart() {
        if (!leaving) {
            abandon();
            connect(current);
        }
    }

    /** Whether the stream is open. */
    public boolean connected() {
        return connected;
    }

    /** To the control plane in use, while the stream is open. */
    public Optional<Channel> channel() {
        return connected ? Optional.of(controlPlanes.channel(current)) : Optional.empty();
    }

    /** The control plane in use, or tried. */
    public String controlPlane() {
        return controlPlanes.address(current);
    }

    /** Types of which at least one response came. */
    public Set<ResourceType> answered() {
        return answered;
    }

    /** Leaves on purpose: the control plane takes our registration out at once. Completes when it has answered, never fails. */
    public CompletableFuture<Void> leave() {
        leaving = true;
        cancel(pending);
        cancel(returning);
        if (stream == null || !connected) {
            left.complete(null);
        } else {
            stream.leave();
        }
        return left;
    }

    private void connect(int index) {
        abandon();
        current = index;
        ManagedChannel channel = controlPlanes.channel(index);
        channel.resetConnectBackoff();
        AdsStream<?, ?> opening = switch (settings.variant()) {
            case DELTA -> stream(new DeltaProtocol(settings.node()), channel);
            case STATE_OF_THE_WORLD -> stream(new SotwProtocol(settings.node(), sotwVersions), channel);
        };
        stream = opening;
        pending = timers.after(OPENING, () -> notOpened(opening));
        opening.start(copyOf(settings.headers()));
    }

    /** The call keeps and changes the headers it is given. */
    private static Metadata copyOf(Metadata headers) {
        Metadata copy = new Metadata();
        copy.merge(headers);
        return copy;
    }

    private <Q, R> AdsStream<Q, R> stream(Protocol<Q, R> protocol, ManagedChannel channel) {
        return new AdsStream<>(protocol, settings.types(), config, new StreamOwner(), channel, thread);
    }

    private void notOpened(AdsStream<?, ?> opening) {
        if (stream == opening && !connected) {
            opening.abandon();
            failed("not reached within " + OPENING.toSeconds() + " s");
        }
    }

    private void failed(String reason) {
        stream = null;
        cancel(pending);
        if (current + 1 < controlPlanes.size()) {
            LOG.info("control plane {}: {}", controlPlanes.address(current), reason);
            connect(current + 1);
            return;
        }
        Duration delay = backoff.next();
        // Once for as long as it takes: a control plane that is away for days must not fill the log.
        LOG.atLevel(away ? Level.DEBUG : Level.WARN)
                .log(
                        "no control plane can be reached; next try in {} ms ({}: {})",
                        delay.toMillis(),
                        controlPlanes.address(current),
                        reason);
        away = true;
        pending = timers.after(delay, () -> connect(0));
        observer.unreachable(controlPlanes.address(current) + ": " + reason);
    }

    private void abandon() {
        cancel(pending);
        cancel(returning);
        if (stream != null) {
            stream.abandon();
            stream = null;
        }
        lost();
    }

    private void lost() {
        if (connected) {
            connected = false;
            config.disconnected();
        }
    }

    private void lookForFirst() {
        if (current == 0 || !connected || leaving) {
            return;
        }
        ManagedChannel first = controlPlanes.channel(0);
        if (first.getState(true) == ConnectivityState.READY) {
            LOG.info("control plane {} is back", controlPlanes.address(0));
            connect(0);
        } else {
            first.resetConnectBackoff();
            returning = timers.after(LOOK_FOR_FIRST, this::lookForFirst);
        }
    }

    private static void cancel(Timers.@Nullable Timer timer) {
        if (timer != null) {
            timer.cancel();
        }
    }

    private final class StreamOwner implements AdsStream.Owner {
        @Override
        public void opened() {
            connected = true;
            away = false;
            cancel(pending);
            LOG.info("control plane {}: connected", controlPlanes.address(current));
            config.connected();
            if (current != 0) {
                returning = timers.after(LOOK_FOR_FIRST, AdsClient.this::lookForFirst);
            }
        }

        @Override
        public void answered(ResourceType type) {
            if (answered.add(type)) {
                answered = EnumSet.copyOf(answered);
            }
            backoff.reset();
            observer.answered(type);
        }

        @Override
        public void ended(Status status, int responses) {
            lost();
            cancel(pending);
            cancel(returning);
            if (leaving) {
                left.complete(null);
            } else if (responses == 0) {
                failed(status.getCode() + (status.getDescription() == null ? "" : ": " + status.getDescription()));
            } else {
                stream = null;
                LOG.info("control plane {}: stream ended ({})", controlPlanes.address(current), status.getCode());
                pending = timers.after(QUICK_RETURN, () -> connect(0));
            }
        }
    }
}
