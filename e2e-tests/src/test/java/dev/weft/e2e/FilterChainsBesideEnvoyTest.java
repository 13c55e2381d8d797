package dev.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.ChainMatch.Source;
import dev.weft.proxy.model.ChainMatch.Transport;
import dev.weft.proxy.model.CidrRange;
import dev.weft.proxy.model.ClusterName;
import dev.weft.proxy.model.Inspection;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.Chain;
import dev.weft.proxy.model.ListenerConfig.Direction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random filter chains, and connections of all kinds: a real Envoy and our sidecar choose the same of the same file. */
final class FilterChainsBesideEnvoyTest {
    private static final int LISTENERS = 25;
    private static final int CHAINS = 7;
    private static final int CONNECTIONS = 40;
    private static final List<CidrRange> RANGES = List.of(
            CidrRange.of("10.0.0.0", 8),
            CidrRange.of("10.0.0.0", 24),
            CidrRange.of("10.0.0.1", 32),
            CidrRange.of("127.0.0.0", 8),
            CidrRange.of("2001:db8::", 32));
    private static final List<String> NAMES =
            List.of("a.example", "b.a.example", "*.a.example", "*.example", "*.b.a.example");

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);

    @TempDir
    private Path directory;

    /** A connection's first bytes, each a character, and what they tell for the message of a failure. */
    private record Beginning(String told, String bytes) {}

    @Test
    void bothChooseTheSame() throws Exception {
        List<Greeter> origins = new ArrayList<>();
        for (int i = 0; i < CHAINS; i++) {
            origins.add(new Greeter("c" + i));
        }
        List<ListenerConfig> listeners = new ArrayList<>();
        while (listeners.size() < LISTENERS) {
            randomListener(listeners.size()).ifPresent(listeners::add);
        }
        List<Integer> ports = Ports.free(2 * LISTENERS);
        List<Integer> ours = ports.subList(0, LISTENERS);
        List<Integer> theirs = ports.subList(LISTENERS, 2 * LISTENERS);
        Path envoyFile = Files.writeString(directory.resolve("envoy.yaml"), bootstrap(listeners, theirs, origins));
        Path weftFile = Files.writeString(directory.resolve("weft.yaml"), bootstrap(listeners, ours, origins));
        try (Child envoy = Envoy.startOn(directory, envoyFile);
                Child weft = Child.role(
                        directory,
                        "dev.weft.sidecar.Main",
                        "sidecar",
                        "-c",
                        weftFile.toString(),
                        "--state-dir",
                        "none")) {
            weft.ready();
            for (int port : theirs) {
                envoy.listensAt(port);
            }
            int chosen = 0;
            for (int i = 0; i < LISTENERS; i++) {
                for (int j = 0; j < CONNECTIONS; j++) {
                    Beginning beginning = randomBeginning();
                    String expected = Greeter.greeted(theirs.get(i), beginning.bytes(), 2);
                    assertThat(Greeter.greeted(ours.get(i), beginning.bytes(), 2))
                            .as(
                                    "seed %d: %s at %s",
                                    seed,
                                    beginning.told(),
                                    listeners.get(i).chains().stream()
                                            .map(Chain::match)
                                            .toList())
                            .isEqualTo(expected);
                    chosen += expected.isEmpty() ? 0 : 1;
                }
            }
            assertThat(chosen).as("seed %d", seed).isGreaterThan(LISTENERS);
        } finally {
            for (Greeter origin : origins) {
                origin.close();
            }
        }
    }

    private Optional<ListenerConfig> randomListener(int number) {
        List<Chain> chains = new ArrayList<>();
        int count = random.nextInt(2, CHAINS);
        for (int i = 0; i < count; i++) {
            chains.add(chain(randomMatch(), i));
        }
        ListenerConfig listener = new ListenerConfig(
                "l" + number,
                "127.0.0.1",
                0,
                Direction.GATEWAY,
                chains,
                random.nextBoolean() ? Optional.of(chain(ChainMatch.ANY, CHAINS - 1)) : Optional.empty(),
                Optional.empty(),
                Inspection.DEFAULT);
        try {
            Proxy.check(listener);
            return Optional.of(listener);
        } catch (IllegalArgumentException overlapping) {
            return Optional.empty();
        }
    }

    private static Chain chain(ChainMatch match, int cluster) {
        return new Chain(match, new ListenerConfig.Tcp(new ClusterName("c" + cluster)), Optional.empty());
    }

    private ChainMatch randomMatch() {
        return new ChainMatch(
                random.nextInt(4) == 0 ? 443 : 0,
                some(RANGES, 6),
                some(NAMES, 3),
                random.nextInt(3) == 0 ? Optional.of(one(List.of(Transport.values()))) : Optional.empty(),
                some(List.of("h2", "http/1.1"), 3),
                some(RANGES, 8),
                random.nextInt(4) == 0 ? one(List.of(Source.values())) : Source.ANY,
                some(RANGES, 6),
                some(List.of(4000, 4001), 6));
    }

    private Beginning randomBeginning() throws SSLException {
        boolean six = random.nextInt(4) == 0;
        List<String> addresses = six
                ? List.of("2001:db8::1", "2001:db8::2", "2001:db9::1", "::1")
                : List.of("127.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.1.1", "192.0.2.7");
        String header = "PROXY TCP%d %s %s %d %d\r\n"
                .formatted(
                        six ? 6 : 4,
                        one(addresses),
                        one(addresses),
                        4000 + random.nextInt(3),
                        random.nextBoolean() ? 443 : 80);
        String name = one(List.of("", "a.example", "b.a.example", "C.B.A.example", "x.example", "other"));
        List<String> protocols = some(List.of("x", "h2", "http/1.1"), 1);
        boolean tls = random.nextInt(4) != 0;
        String first = tls ? Greeter.hello(name, protocols) : "GET / HTTP/1.1\r\n\r\n";
        return new Beginning(header.strip() + (tls ? " TLS " + name + " " + protocols : " plain"), header + first);
    }

    private <T> T one(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    /** None as a rule, or each with equal chance. */
    private <T> List<T> some(List<T> values, int rarely) {
        return random.nextInt(rarely) != 0
                ? List.of()
                : values.stream().filter(value -> random.nextBoolean()).toList();
    }

    private static String bootstrap(List<ListenerConfig> listeners, List<Integer> ports, List<Greeter> origins) {
        StringBuilder text = new StringBuilder("node: {id: chains, cluster: chains}\nstatic_resources:\n  clusters:\n");
        for (int i = 0; i < CHAINS; i++) {
            text.append("""
                  - name: c%1$d
                    connect_timeout: 5s
                    load_assignment: {cluster_name: c%1$d, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %2$d}}}}]}]}
                """.formatted(i, origins.get(i).port()));
        }
        text.append("  listeners:\n");
        for (int i = 0; i < listeners.size(); i++) {
            ListenerConfig listener = listeners.get(i);
            text.append("""
                  - name: l%d
                    address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                    listener_filters:
                    - {name: envoy.filters.listener.proxy_protocol, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol}}
                    - {name: envoy.filters.listener.tls_inspector, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector}}
                    filter_chains:
                """.formatted(i, ports.get(i)));
            listener.chains()
                    .forEach(chain -> text.append("    - filter_chain_match: {")
                            .append(match(chain.match()))
                            .append("}\n      ")
                            .append(filters(chain))
                            .append('\n'));
            listener.fallback()
                    .ifPresent(chain -> text.append("    default_filter_chain: {")
                            .append(filters(chain))
                            .append("}\n"));
        }
        return text.toString();
    }

    private static String filters(Chain chain) {
        return "filters: [{name: tcp, typed_config: {\"@type\": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: "
                + ((ListenerConfig.Tcp) chain.handler())
                        .clusters()
                        .getFirst()
                        .cluster()
                        .value() + "}}]";
    }

    private static String match(ChainMatch match) {
        List<String> fields = new ArrayList<>();
        if (match.destinationPort() != 0) {
            fields.add("destination_port: " + match.destinationPort());
        }
        fields.add("prefix_ranges: " + ranges(match.destinations()));
        fields.add("server_names: " + quoted(match.serverNames()));
        match.transport()
                .ifPresent(t -> fields.add("transport_protocol: " + (t == Transport.TLS ? "tls" : "raw_buffer")));
        fields.add("application_protocols: " + quoted(match.applicationProtocols()));
        fields.add("direct_source_prefix_ranges: " + ranges(match.directSources()));
        fields.add("source_type: " + match.source());
        fields.add("source_prefix_ranges: " + ranges(match.sources()));
        fields.add("source_ports: " + match.sourcePorts());
        return String.join(", ", fields);
    }

    private static String quoted(List<String> texts) {
        return texts.stream().map(text -> '"' + text + '"').collect(Collectors.joining(", ", "[", "]"));
    }

    private static String ranges(List<CidrRange> ranges) {
        return ranges.stream()
                .map(range -> "{address_prefix: \"%s\", prefix_len: %d}"
                        .formatted(range.base().getHostAddress(), range.bits()))
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
