package dev.weft.sidecar.live;

import dev.weft.proxy.listener.ListenerException;
import dev.weft.proxy.model.ProxyConfig;
import dev.weft.sidecar.xds.ClusterDraft;
import dev.weft.sidecar.xds.ListenerDraft;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.Secret;
import dev.weft.sidecar.xds.SecretRef;
import dev.weft.sidecar.xds.Translation;
import dev.weft.sidecar.xds.Translation.Translated;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration of the process: takes what control planes send, and keeps the proxy on what is valid and warm. Confined to
 * the configuration's thread.
 *
 * <p>The valid part of a response is taken even where another part is refused; a refused resource stays at its last accepted
 * version. {@link #receive} returns only after everything that became warm is live, so that an acknowledgement sent after it
 * is true.
 */
public final class LiveConfig {
    private static final Logger LOG = LoggerFactory.getLogger(LiveConfig.class);

    private StaticResources statics;
    private final Set<String> staticNames;
    private Translation translation;
    private final Consumer<ProxyConfig> proxy;
    private final Resources resources = new Resources();
    private final Assembly assembly;
    private final Waits waits;
    private Runnable onChange = () -> {};
    private ProxyConfig live = ProxyConfig.EMPTY;
    private List<String> waiting = List.of();
    private Map<ResourceType, Set<String>> wanted = Map.of();

    /** As what each secret is wanted, by name. */
    private Map<String, SecretRef> wantedSecrets = Map.of();

    private int failedFiles;
    private int failedSecrets;

    /** What the proxy last said against a whole configuration, so that it is told once and not with every response. */
    private String lastFailure = "";

    /**
     * @param proxy makes a configuration live and returns when it is; throws IllegalArgumentException or ListenerException
     *     as {@link dev.weft.proxy.Proxy#apply} does
     */
    public LiveConfig(StaticResources statics, Translation translation, Timers timers, Consumer<ProxyConfig> proxy) {
        this.statics = statics;
        this.translation = translation.with(statics.secrets());
        this.proxy = proxy;
        this.assembly = new Assembly(statics);
        this.waits = new Waits(timers, this::giveUp);
        this.staticNames = new HashSet<>();
        statics.clusters().forEach(draft -> staticNames.add(key(ResourceType.CLUSTER, draft)));
        statics.listeners().forEach(draft -> staticNames.add(key(ResourceType.LISTENER, draft)));
    }

    /** Called after every change of what is accepted, live or wanted. */
    public void onChange(Runnable listener) {
        onChange = listener;
    }

    /**
     * Makes live what the bootstrap alone suffices for.
     *
     * @throws IllegalArgumentException as {@link dev.weft.proxy.Proxy#apply}
     * @throws ListenerException as {@link dev.weft.proxy.Proxy#apply}
     */
    public void start() {
        settle();
    }

    /**
     * Takes a response.
     *
     * @return all that is wrong with it, by resource; empty where all of it was accepted
     */
    public List<String> receive(Delivery delivery) {
        ResourceType type = ResourceType.ofTypeUrl(delivery.typeUrl()).orElse(null);
        if (type == null) {
            return List.of(delivery.typeUrl() + ": not supported");
        }
        List<String> errors = new ArrayList<>();
        Map<String, @Nullable Accepted> undo = new HashMap<>();
        Set<String> named = acceptAll(type, delivery, undo, errors);
        if (delivery.complete() && !named.contains("")) {
            // A resource whose name could not be read might be any of ours: then nothing is taken as deleted.
            for (Accepted known : List.copyOf(resources.accepted(type))) {
                if (!named.contains(known.name())) {
                    undo.putIfAbsent(known.name(), known);
                    resources.remove(type, known.name());
                }
            }
        }
        delivery.removed().forEach(name -> removed(type, name, undo));
        try {
            settle();
        } catch (IllegalArgumentException refused) {
            undo.forEach((name, before) -> resources.restore(type, name, before));
            errors.add(String.valueOf(refused.getMessage()));
            settleOrWarn();
        } catch (ListenerException unbound) {
            noteFailure(unbound, errors);
        }
        onChange.run();
        return errors;
    }

    /**
     * Files that resources name have changed: all is read again and made live. A resource that cannot be read now, or that the
     * proxy refuses, stays as it is.
     *
     * @param again what the bootstrap says itself, with the same names as before
     * @param problems what of the bootstrap could not be read again
     */
    public void reread(StaticResources again, List<String> problems) {
        if (!problems.isEmpty()) {
            failedFiles++;
            LOG.warn("bootstrap: files have changed and are not used: {}", String.join("; ", problems));
        }
        StaticResources before = statics;
        statics(again); // first, for resources may name secrets of it
        Map<ResourceType, Map<String, @Nullable Accepted>> undo = new EnumMap<>(ResourceType.class);
        for (ResourceType type : ResourceType.values()) {
            Map<String, @Nullable Accepted> changed = new HashMap<>();
            undo.put(type, changed);
            for (Accepted known : List.copyOf(resources.accepted(type))) {
                Translated<?> translated = translation.translate(type, known.bytes());
                Object value = translated.value();
                if (value == null) {
                    failedFiles++;
                    LOG.warn(
                            "{} {}: a file has changed and is not used: {}", type, known.name(), translated.problems());
                } else if (!value.equals(known.value())) {
                    changed.put(known.name(), known);
                    resources.accept(new Accepted(type, known.name(), known.version(), known.bytes(), value));
                }
            }
        }
        try {
            settle();
            LOG.info("configuration: files have changed and were read again");
        } catch (IllegalArgumentException | ListenerException refused) {
            failedFiles++;
            LOG.warn("configuration: files have changed and are not used: {}", refused.getMessage());
            undo.forEach((type, names) -> names.forEach((name, old) -> resources.restore(type, name, old)));
            statics(before);
            settleOrWarn();
        }
        onChange.run();
    }

    private void statics(StaticResources given) {
        statics = given;
        translation = translation.with(given.secrets());
        assembly.statics(given);
    }

    /** Tries again what could not be bound, if anything. */
    public void retry() {
        if (lastFailure.isEmpty()) {
            return;
        }
        try {
            settle();
            LOG.info("configuration: all of it is live now");
            onChange.run();
        } catch (IllegalArgumentException | ListenerException still) {
            LOG.debug("configuration: {}", still.getMessage());
        }
    }

    private void noteFailure(RuntimeException failure, List<String> errors) {
        String text = String.valueOf(failure.getMessage());
        if (!text.equals(lastFailure)) {
            lastFailure = text;
            errors.add(text);
        }
    }

    /** Returns the names that the response gave; the empty one among them where a name could not be read. */
    private Set<String> acceptAll(
            ResourceType type, Delivery delivery, Map<String, @Nullable Accepted> undo, List<String> errors) {
        Map<String, Translated<?>> read = new LinkedHashMap<>();
        Map<String, Received> received = new HashMap<>();
        Set<String> twice = new HashSet<>();
        for (Received resource : delivery.resources()) {
            Translated<?> translated = translated(type, resource);
            String name = translated.name().isEmpty() ? resource.name() : translated.name();
            if (read.put(name, translated) != null) {
                twice.add(name);
            }
            received.put(name, resource);
        }
        read.forEach((name, translated) -> {
            Received resource = received.get(name);
            if (resource == null || !isWanted(type, name)) {
                return;
            }
            List<String> problems = twice.contains(name)
                    ? List.of("twice in one response (expected: once)")
                    : problems(name, translated);
            Object value = translated.value();
            if (value == null || !problems.isEmpty()) {
                failedSecrets += type == ResourceType.SECRET ? 1 : 0;
                resources.refuse(new Refused(type, name, resource.version(), problems));
                problems.forEach(problem -> errors.add((name.isEmpty() ? "(unnamed)" : name) + ": " + problem));
            } else {
                undo.put(name, resources.find(type, name));
                resources.accept(new Accepted(type, name, resource.version(), resource.bytes(), value));
                waits.arrived(type, name);
            }
        });
        return read.keySet();
    }

    /** What whoever refers to it cannot use is wrong too. */
    private List<String> problems(String name, Translated<?> translated) {
        SecretRef ref = wantedSecrets.get(name);
        if (translated.value() instanceof Secret secret && ref != null && secret.kind() != ref.kind()) {
            return List.of(secret.kind().field() + " (expected: " + ref.kind().field() + ")");
        }
        return translated.problems();
    }

    private Translated<?> translated(ResourceType type, Received resource) {
        if (!resource.typeUrl().equals(type.typeUrl())) {
            return new Translated<>(
                    resource.name(), null, List.of(resource.typeUrl() + " (expected: " + type.typeUrl() + ")"));
        }
        Accepted known = resources.find(type, resource.name());
        if (known != null && known.bytes().equals(resource.bytes())) {
            // Sent again unchanged, as state of the world does:
            // the same value stays, and nothing downstream is rebuilt.
            return new Translated<>(known.name(), known.value(), List.of());
        }
        Translated<?> translated = translation.translate(type, resource.bytes());
        if (!resource.name().isEmpty()
                && !translated.name().isEmpty()
                && !resource.name().equals(translated.name())) {
            return new Translated<>(
                    resource.name(),
                    null,
                    List.of(type.nameField() + ": " + translated.name() + " (expected: " + resource.name() + ")"));
        }
        if (staticNames.contains(type + "/" + translated.name())) {
            return new Translated<>(
                    translated.name(), null, List.of("is in the bootstrap (expected: a name that is not)"));
        }
        Accepted same = resources.find(type, translated.name());
        return same != null && same.bytes().equals(resource.bytes())
                ? new Translated<>(same.name(), same.value(), List.of())
                : translated;
    }

    private boolean isWanted(ResourceType type, String name) {
        return type.wildcard()
                || name.isEmpty()
                || wanted.getOrDefault(type, Set.of()).contains(name);
    }

    /**
     * A listener or cluster that is removed goes. Endpoints, routes and secrets go with whatever refers to them: until then their last
     * version serves, and a removal only says that nothing will come for a name that never had anything. So does Envoy.
     */
    private void removed(ResourceType type, String name, Map<String, @Nullable Accepted> undo) {
        Accepted known = resources.find(type, name);
        if (!type.wildcard()) {
            if (known == null) {
                resources.markAbsent(type, name);
            }
        } else if (known != null) {
            undo.putIfAbsent(name, known);
            resources.remove(type, name);
        }
    }

    /** Makes live what is warm, and finds out what has to be asked for. */
    private void settle() {
        Assembly.Result result = assembly.assemble(resources);
        want(result);
        waiting = result.waiting();
        if (!result.config().equals(live)) {
            proxy.accept(result.config());
            live = result.config();
        }
        lastFailure = "";
    }

    private void want(Assembly.Result result) {
        Set<String> endpoints = Set.copyOf(result.wantedEndpoints().keySet());
        Set<String> routes = Set.copyOf(result.wantedRoutes().keySet());
        resources.retain(ResourceType.ENDPOINTS, endpoints);
        resources.retain(ResourceType.ROUTES, routes);
        wantedSecrets = Map.copyOf(result.wantedSecrets());
        resources.retain(ResourceType.SECRET, wantedSecrets.keySet());
        resources.retainAbsent(ResourceType.CLUSTER, clustersNamedOrMissing(result));
        wanted = Map.of(
                ResourceType.ENDPOINTS,
                endpoints,
                ResourceType.ROUTES,
                routes,
                ResourceType.SECRET,
                wantedSecrets.keySet());
        Map<String, Duration> clusters = new HashMap<>();
        result.missingClusters().forEach(name -> clusters.put(name, Waits.DOES_NOT_EXIST));
        waits.expect(ResourceType.CLUSTER, clusters, name -> false);
        waits.expect(ResourceType.ENDPOINTS, result.wantedEndpoints(), name -> isSettled(ResourceType.ENDPOINTS, name));
        waits.expect(ResourceType.ROUTES, result.wantedRoutes(), name -> isSettled(ResourceType.ROUTES, name));
        Map<String, Duration> secrets = new HashMap<>();
        wantedSecrets.forEach((name, ref) -> secrets.put(name, ref.initialFetchTimeout()));
        waits.expect(ResourceType.SECRET, secrets, name -> isSettled(ResourceType.SECRET, name));
    }

    private Set<String> clustersNamedOrMissing(Assembly.Result result) {
        Set<String> names = new HashSet<>(result.missingClusters());
        result.config().clusters().keySet().forEach(name -> names.add(name.value()));
        resources
                .accepted(ResourceType.ROUTES)
                .forEach(table -> ClusterReferences.of((dev.weft.proxy.model.RouteTable) table.value())
                        .forEach(name -> names.add(name.value())));
        return names;
    }

    private boolean isSettled(ResourceType type, String name) {
        return resources.find(type, name) != null || resources.isAbsent(type, name);
    }

    private void giveUp(ResourceType type, String name) {
        LOG.warn("{} {}: not sent by the control plane; going on without", type, name);
        resources.markAbsent(type, name);
        settleOrWarn();
        onChange.run();
    }

    private void settleOrWarn() {
        try {
            settle();
        } catch (IllegalArgumentException | ListenerException failed) {
            LOG.warn("configuration: {}", failed.getMessage());
        }
    }

    /** A control plane answers: what it does not send from now on within a time does not exist. */
    public void connected() {
        waits.connected();
    }

    public void disconnected() {
        waits.disconnected();
    }

    /** Takes what an earlier process had accepted, without asking anyone. What is refused is left out. */
    public void adopt(List<Received> stored) {
        for (ResourceType type : ResourceType.values()) {
            List<Received> ofType = stored.stream()
                    .filter(resource -> resource.typeUrl().equals(type.typeUrl()))
                    .toList();
            if (!ofType.isEmpty()) {
                List<String> errors = receive(new Delivery(type.typeUrl(), ofType, List.of(), false));
                errors.forEach(error -> LOG.warn("last good configuration: {}", error));
            }
        }
    }

    /** The names to ask for, of the types that are asked for by name. */
    public Set<String> wanted(ResourceType type) {
        return wanted.getOrDefault(type, Set.of());
    }

    public Collection<Accepted> accepted(ResourceType type) {
        return List.copyOf(resources.accepted(type));
    }

    public List<Refused> refused() {
        return resources.refused();
    }

    /** How often a file of a resource had changed and could not be used. */
    public int failedFiles() {
        return failedFiles;
    }

    /** How many secrets that were sent were refused. */
    public int failedSecrets() {
        return failedSecrets;
    }

    /** What the bootstrap says itself. */
    public StaticResources statics() {
        return statics;
    }

    /** Clusters whose load the control plane wants to hear of, with the names of their EDS resources. */
    public Map<String, String> loadReported() {
        Map<String, String> reported = new HashMap<>();
        for (ClusterDraft draft : resources.clusters()) {
            if (draft.loadReported()) {
                String name = draft.config().name().value();
                reported.put(
                        name, draft.endpoints().map(ClusterDraft.Remote::name).orElse(name));
            }
        }
        return reported;
    }

    /** What is not live yet, and what it waits for. */
    public List<String> waiting() {
        return waiting;
    }

    /** What the proxy serves. */
    public ProxyConfig live() {
        return live;
    }

    /** Whether every listener of the bootstrap is bound. */
    public boolean hasStaticListeners() {
        Set<String> bound = new HashSet<>();
        live.listeners().forEach(listener -> bound.add(listener.name()));
        return statics.listeners().stream()
                .allMatch(draft -> bound.contains(draft.config().name()));
    }

    private static String key(ResourceType type, ClusterDraft draft) {
        return type + "/" + draft.config().name();
    }

    private static String key(ResourceType type, ListenerDraft draft) {
        return type + "/" + draft.config().name();
    }
}
