package dev.weft.proxy.cluster;

import dev.weft.balance.Address;
import dev.weft.proxy.model.ClusterConfig;
import dev.weft.proxy.model.ClusterConfig.AddressFamily;
import dev.weft.proxy.model.EndpointConfig;
import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the addresses behind a cluster's names, again and again. A name that cannot be looked up keeps the addresses it had, and
 * is asked again soon, then less and less often until the refresh rate is reached.
 *
 * <p>Strict: every address is an endpoint. Logical: one address stands for the name, and stays as long as answers hold it, so
 * that a server which rotates its answers does not move connections. A fixed list may hold names too; they are treated as strict.
 *
 * <p>Confined to the cluster's home loop.
 */
final class NameDiscovery {
    private static final Logger LOG = LoggerFactory.getLogger(NameDiscovery.class);

    /** Of names in a fixed list. */
    private static final Duration USUAL_REFRESH = Duration.ofSeconds(5);

    private static final long FIRST_RETRY_NANOS = Duration.ofMillis(250).toNanos();
    private static final double JITTER = 0.1;

    private final LoopTimer timer;
    private final RandomGenerator random;
    private final NameLookup lookup;
    private final Consumer<List<dev.weft.balance.EndpointConfig>> onChange;

    private List<Name> names = List.of();
    private long refreshNanos = USUAL_REFRESH.toNanos();
    private boolean strict = true;
    private AddressFamily family = AddressFamily.IPV4_PREFERRED;

    /**
     * @param onChange receives all endpoints whenever they are different
     */
    NameDiscovery(
            LoopTimer timer,
            RandomGenerator random,
            NameLookup lookup,
            Consumer<List<dev.weft.balance.EndpointConfig>> onChange) {
        this.timer = timer;
        this.random = random;
        this.lookup = lookup;
        this.onChange = onChange;
    }

    /** The endpoints of a list that holds IPs only; null where something is to be looked up. */
    static @Nullable List<dev.weft.balance.EndpointConfig> literalEndpoints(ClusterConfig.Discovery discovery) {
        List<EndpointConfig> configs = configs(discovery);
        if (configs.stream().anyMatch(NameDiscovery::isName)) {
            return null;
        }
        return configs.stream()
                .map(config -> BalanceConfig.endpoint(config, config.host()))
                .toList();
    }

    /** Looks up what {@code discovery} names from now on; a name that was known before keeps its addresses. */
    void apply(ClusterConfig.Discovery discovery) {
        List<Name> before = names;
        names = List.of();
        before.forEach(timer::cancel);
        if (literalEndpoints(discovery) != null) {
            return;
        }
        switch (discovery) {
            case ClusterConfig.Fixed _ -> {
                strict = true;
                family = AddressFamily.IPV4_PREFERRED;
                refreshNanos = USUAL_REFRESH.toNanos();
            }
            case ClusterConfig.Dns dns -> {
                strict = dns.strict();
                family = dns.family();
                refreshNanos = dns.refresh().toNanos();
            }
        }
        List<Name> next = new ArrayList<>();
        for (EndpointConfig config : configs(discovery)) {
            Name name = new Name(config);
            if (isName(config)) {
                before.stream()
                        .filter(old -> old.config.host().equals(config.host()))
                        .findFirst()
                        .ifPresent(old -> name.addresses = old.addresses);
            } else {
                name.addresses = List.of(config.host());
            }
            next.add(name);
        }
        names = next;
        if (next.stream().anyMatch(name -> !name.addresses.isEmpty())) {
            publish();
        }
        next.stream().filter(name -> isName(name.config)).forEach(Name::expired);
    }

    void stop() {
        names.forEach(timer::cancel);
        names = List.of();
    }

    private void publish() {
        List<dev.weft.balance.EndpointConfig> found = new ArrayList<>();
        for (Name name : names) {
            for (String address : name.addresses) {
                found.add(BalanceConfig.endpoint(name.config, address));
            }
        }
        onChange.accept(found);
    }

    private static List<EndpointConfig> configs(ClusterConfig.Discovery discovery) {
        return switch (discovery) {
            case ClusterConfig.Fixed fixed -> fixed.endpoints();
            case ClusterConfig.Dns dns -> dns.names();
        };
    }

    private static boolean isName(EndpointConfig config) {
        return new Address(config.host(), config.port()).isName();
    }

    /** One name; the deadline is its next look-up. */
    private final class Name extends Deadline implements NameLookup.Answer {
        private final EndpointConfig config;
        private List<String> addresses = List.of();
        private int failures;

        Name(EndpointConfig config) {
            this.config = config;
        }

        @Override
        protected void expired() {
            lookup.lookUp(config.host(), family, this);
        }

        @Override
        public void found(List<String> answer) {
            if (!names.contains(this)) {
                return; // the configuration changed while the answer was on its way
            }
            failures = 0;
            List<String> next = strict ? answer.stream().sorted().toList() : one(answer);
            if (!next.equals(addresses)) {
                addresses = next;
                publish();
            }
            armIn(refreshNanos);
        }

        @Override
        public void failed(String reason) {
            if (!names.contains(this)) {
                return;
            }
            if (failures++ == 0) {
                LOG.warn("{}: cannot be looked up: {}; {}", config.host(), reason, consequence());
            }
            armIn(Math.min(refreshNanos, FIRST_RETRY_NANOS << Math.min(failures - 1, 20)));
        }

        private String consequence() {
            return addresses.isEmpty() ? "it has no endpoints yet" : "its last addresses stay";
        }

        private List<String> one(List<String> answer) {
            return !addresses.isEmpty() && answer.contains(addresses.getFirst())
                    ? addresses.subList(0, 1)
                    : List.of(answer.getFirst());
        }

        private void armIn(long nanos) {
            timer.arm(this, (long) (nanos * (1 - JITTER * random.nextDouble())));
        }
    }
}
