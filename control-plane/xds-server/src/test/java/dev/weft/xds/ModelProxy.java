package dev.weft.xds;

import static dev.weft.xds.ResourceType.CLUSTER;
import static dev.weft.xds.ResourceType.ENDPOINT;
import static dev.weft.xds.ResourceType.LISTENER;
import static dev.weft.xds.ResourceType.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Confined to the test's thread. A proxy as Envoy is one, reduced to what it holds: all clusters and listeners, the
 * endpoints that its clusters name and the routes that its listeners name. It reads responses when it is told to.
 */
abstract class ModelProxy {
    private final Map<ResourceType, Map<String, XdsResource>> held = new TreeMap<>();
    private final Map<ResourceType, Set<String>> subscribed = new TreeMap<>();
    private final Map<Any, XdsResource> known;
    private Set<String> brokenBefore = Set.of();
    private List<String> routesBefore = List.of();

    /** @param known what a body on the wire stands for */
    private ModelProxy(Map<Any, XdsResource> known) {
        this.known = known;
        for (ResourceType type : List.of(CLUSTER, ENDPOINT, LISTENER, ROUTE)) {
            held.put(type, new TreeMap<>());
            subscribed.put(type, new TreeSet<>());
        }
    }

    static ModelProxy delta(TestServer server, Map<Any, XdsResource> known) {
        return new DeltaProxy(server.delta(envoy()), known);
    }

    static ModelProxy sotw(TestServer server, Map<Any, XdsResource> known) {
        return new SotwProxy(server.sotw(envoy()), known);
    }

    /** Asks for clusters, then, with those in place, for the rest. */
    void start() {
        subscribeToAll(CLUSTER);
        readAll();
        subscribeToAll(LISTENER);
        readAll();
    }

    Map<String, XdsResource> held(ResourceType type) {
        return Objects.requireNonNull(held.get(type));
    }

    Set<String> subscribed(ResourceType type) {
        return Objects.requireNonNull(subscribed.get(type));
    }

    void readAll() {
        while (readNext(true, true)) {
            // Each response read may bring another.
        }
    }

    /**
     * Reads one response, if there is one.
     *
     * @param accept whether to accept it; of a refused one only the removals are valid, and valid parts are applied
     * @param ackFirst whether the acceptance goes out before the change of subscriptions that follows from it
     */
    abstract boolean readNext(boolean accept, boolean ackFirst);

    /** The types of the responses that wait to be read. */
    abstract List<String> waiting();

    abstract void subscribeToAll(ResourceType type);

    abstract void subscribe(ResourceType type, Set<String> names);

    /** Fails when a route that serves names a cluster, or endpoints of one, that is not there. */
    void checkThatRoutesServe() {
        assertThat(routesToNowhere()).isEmpty();
    }

    /** Fails when a route that served before the last response does not any more. */
    void checkThatNothingBroke() {
        Set<String> now = routesToNowhere();
        assertThat(now)
                .allMatch(text ->
                        brokenBefore.contains(text) || routesBefore.stream().noneMatch(text::startsWith));
        brokenBefore = now;
        routesBefore = held(ROUTE).keySet().stream().map(name -> name + " ").toList();
    }

    private Set<String> routesToNowhere() {
        Set<String> broken = new TreeSet<>();
        for (XdsResource route : held(ROUTE).values()) {
            for (ResourceKey reference : route.references()) {
                XdsResource cluster = held(CLUSTER).get(reference.name());
                if (cluster == null || !held(ENDPOINT).keySet().containsAll(names(cluster.references()))) {
                    broken.add(route.name() + " names " + reference);
                }
            }
        }
        return broken;
    }

    private static List<String> names(Set<ResourceKey> keys) {
        return keys.stream().map(ResourceKey::name).toList();
    }

    XdsResource resource(Any body) {
        XdsResource resource = known.get(body);
        if (resource == null) {
            throw new AssertionError("served something that was never published: " + body);
        }
        return resource;
    }

    void follow(ResourceType type) {
        if (type.equals(CLUSTER)) {
            follow(CLUSTER, ENDPOINT);
        } else if (type.equals(LISTENER)) {
            follow(LISTENER, ROUTE);
        }
    }

    private void follow(ResourceType from, ResourceType to) {
        Set<String> named = new TreeSet<>();
        for (XdsResource resource : held(from).values()) {
            resource.references().stream()
                    .filter(reference -> reference.type().equals(to))
                    .forEach(reference -> named.add(reference.name()));
        }
        if (!named.equals(subscribed(to))) {
            held(to).keySet().retainAll(named);
            subscribe(to, named);
            subscribed.put(to, named);
        }
    }

    private static io.envoyproxy.envoy.config.core.v3.Node envoy() {
        return TestServer.node("envoy-1").toBuilder().setUserAgentName("envoy").build();
    }

    private static final class DeltaProxy extends ModelProxy {
        private final DeltaClient client;

        DeltaProxy(DeltaClient client, Map<Any, XdsResource> known) {
            super(known);
            this.client = client;
        }

        @Override
        boolean readNext(boolean accept, boolean ackFirst) {
            DeltaDiscoveryResponse response = client.responses.all().poll();
            if (response == null) {
                return false;
            }
            ResourceType type = new ResourceType(response.getTypeUrl());
            Map<String, XdsResource> mine = held(type);
            if (!accept) {
                mine.keySet().removeAll(response.getRemovedResourcesList());
                client.nack(response, "refused");
                follow(type);
                return true;
            }
            for (Resource resource : response.getResourcesList()) {
                if (type.isComplete() || subscribed(type).contains(resource.getName())) {
                    mine.put(resource.getName(), resource(resource.getResource()));
                }
            }
            mine.keySet().removeAll(response.getRemovedResourcesList());
            if (ackFirst) {
                client.ack(response);
                follow(type);
            } else {
                follow(type);
                client.ack(response);
            }
            return true;
        }

        @Override
        List<String> waiting() {
            return client.responses.all().stream()
                    .map(DeltaDiscoveryResponse::getTypeUrl)
                    .toList();
        }

        @Override
        void subscribeToAll(ResourceType type) {
            client.subscribe(type);
        }

        @Override
        void subscribe(ResourceType type, Set<String> names) {
            Set<String> before = subscribed(type);
            client.subscribe(
                    type, names.stream().filter(n -> !before.contains(n)).toArray(String[]::new));
            client.unsubscribe(
                    type, before.stream().filter(n -> !names.contains(n)).toArray(String[]::new));
        }
    }

    private static final class SotwProxy extends ModelProxy {
        private final SotwClient client;
        private final Map<ResourceType, DiscoveryResponse> last = new TreeMap<>();

        SotwProxy(SotwClient client, Map<Any, XdsResource> known) {
            super(known);
            this.client = client;
        }

        @Override
        boolean readNext(boolean accept, boolean ackFirst) {
            DiscoveryResponse response = client.responses.all().poll();
            if (response == null) {
                return false;
            }
            ResourceType type = new ResourceType(response.getTypeUrl());
            Map<String, XdsResource> mine = held(type);
            if (!accept) {
                last.put(type, response);
                if (type.isComplete()) {
                    mine.keySet().retainAll(SotwClient.namesOf(response));
                }
                client.nack(response, "refused");
                follow(type);
                return true;
            }
            List<XdsResource> told = new ArrayList<>();
            response.getResourcesList().forEach(body -> told.add(resource(body)));
            if (type.isComplete()) {
                mine.clear();
            }
            told.stream()
                    .filter(r -> type.isComplete() || subscribed(type).contains(r.name()))
                    .forEach(r -> mine.put(r.name(), r));
            last.put(type, response);
            if (ackFirst) {
                client.ack(response);
                follow(type);
            } else {
                follow(type);
                client.ack(response);
            }
            return true;
        }

        @Override
        List<String> waiting() {
            return client.responses.all().stream()
                    .map(DiscoveryResponse::getTypeUrl)
                    .toList();
        }

        @Override
        void subscribeToAll(ResourceType type) {
            client.request(type);
        }

        @Override
        void subscribe(ResourceType type, Set<String> names) {
            DiscoveryResponse accepted = last.get(type);
            if (accepted == null) {
                client.request(type, names.toArray(String[]::new));
            } else {
                client.ack(accepted, names.toArray(String[]::new));
            }
        }
    }
}
