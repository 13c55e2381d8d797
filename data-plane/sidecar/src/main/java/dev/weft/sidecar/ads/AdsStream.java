package dev.weft.sidecar.ads;

import dev.weft.sidecar.live.LiveConfig;
import dev.weft.sidecar.xds.ResourceType;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream, from its first request to its end. Confined to the configuration's thread.
 *
 * <p>A response is answered only after what it brought is live, and the next one is read only after that; so an acknowledgement
 * is true, and a burst cannot pile up in memory.
 */
final class AdsStream<Q, R> {
    /** What becomes of a stream. */
    interface Owner {
        /** The server can be reached. */
        void opened();

        void answered(ResourceType type);

        /**
         * @param responses how many came
         */
        void ended(Status status, int responses);
    }

    private static final Logger LOG = LoggerFactory.getLogger(AdsStream.class);

    private final Protocol<Q, R> protocol;
    private final Set<ResourceType> types;
    private final LiveConfig config;
    private final Owner owner;
    private final ClientCall<Q, R> call;
    private final Map<ResourceType, Set<String>> subscribed = new EnumMap<>(ResourceType.class);
    private boolean identified;
    private boolean over;
    private boolean leaving;
    private int responses;

    /**
     * @param types wildcard types that are asked for; named ones are whenever something refers to them
     * @param thread the configuration's
     */
    AdsStream(
            Protocol<Q, R> protocol,
            Set<ResourceType> types,
            LiveConfig config,
            Owner owner,
            Channel channel,
            Executor thread) {
        this.protocol = protocol;
        this.types = types;
        this.config = config;
        this.owner = owner;
        this.call = channel.newCall(protocol.method(), CallOptions.DEFAULT.withExecutor(thread));
    }

    void start(Metadata headers) {
        call.start(new Listener(), headers);
        call.request(1);
        for (ResourceType type : ResourceType.values()) {
            subscribe(type);
        }
        if (!identified) {
            // Nothing to ask for, and still the node is to be known: a sidecar with static routes registers too.
            send(protocol.first(ResourceType.ENDPOINTS, Set.of(), List.of()));
            subscribed.put(ResourceType.ENDPOINTS, Set.of());
        }
    }

    /** Asks for what has come to be wanted, and gives back what has not. */
    void refresh() {
        if (over || leaving) {
            return;
        }
        for (ResourceType type : ResourceType.values()) {
            if (type.wildcard()) {
                continue;
            }
            Set<String> before = subscribed.get(type);
            Set<String> now = config.wanted(type);
            if (before == null) {
                subscribe(type);
            } else if (!before.equals(now)) {
                subscribed.put(type, now);
                send(protocol.change(type, before, now));
            }
        }
    }

    private void subscribe(ResourceType type) {
        Set<String> names = config.wanted(type);
        boolean asked = type.wildcard() ? types.contains(type) : !names.isEmpty();
        if (asked) {
            subscribed.put(type, names);
            send(protocol.first(type, names, config.accepted(type)));
        }
    }

    private void send(Q request) {
        Q sent = identified ? request : protocol.identified(request);
        identified = true;
        call.sendMessage(sent);
    }

    /** Tells the server that we leave on purpose; it ends the stream. */
    void leave() {
        leaving = true;
        if (!over) {
            call.halfClose();
        }
    }

    /** Breaks the stream without a word to the owner. */
    void abandon() {
        over = true;
        call.cancel("another control plane is used", null);
    }

    private void received(R response) {
        if (over) {
            return;
        }
        responses++;
        long began = System.nanoTime();
        var delivery = protocol.read(response);
        List<String> errors = config.receive(delivery);
        LOG.debug(
                "{}: {} resources, {} removed, live after {} us",
                delivery.typeUrl(),
                delivery.resources().size(),
                delivery.removed().size(),
                (System.nanoTime() - began) / 1000);
        var type = ResourceType.ofTypeUrl(delivery.typeUrl());
        if (!leaving) {
            Set<String> names =
                    type.map(t -> subscribed.getOrDefault(t, Set.of())).orElse(Set.of());
            send(protocol.answer(response, names, errors));
            tell(delivery.typeUrl(), errors);
            refresh();
        }
        type.ifPresent(owner::answered);
        call.request(1);
    }

    private static void tell(String typeUrl, Collection<String> errors) {
        for (String error : errors) {
            LOG.warn("refused {}: {}", typeUrl.substring(typeUrl.lastIndexOf('.') + 1), error);
        }
    }

    private final class Listener extends ClientCall.Listener<R> {
        private boolean opened;

        @Override
        public void onReady() {
            if (!opened && !over) {
                opened = true;
                owner.opened();
            }
        }

        @Override
        public void onMessage(R response) {
            received(response);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (!over) {
                over = true;
                owner.ended(status, responses);
            }
        }
    }
}
