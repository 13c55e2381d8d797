package dev.weft.proxy.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Which connections a chain of a listener is for: those that meet every criterion that is set. An empty list and a zero set none.
 *
 * <p>Of several chains the most specific serves, by one criterion after another in the order of the components, as Envoy's {@code
 * FilterChainMatch} has it: what a criterion has decided is not taken back where a later one then finds no chain.
 *
 * @param destinationPort which the client connected to, or a PROXY header names; 0 for any
 * @param destinations the address likewise; the longest prefix counts
 * @param serverNames of TLS: a name, or {@code *.example.com} for all below it, at any depth. Lower case; exact before the longest
 * @param transport whether the client begins with TLS
 * @param applicationProtocols that the client offers by ALPN; the client's order counts
 * @param directSources the peer's address, whatever a PROXY header names
 * @param source whether the client is on this host
 * @param sources the client's address, as a PROXY header names it where one does
 * @param sourcePorts the client's port
 */
public record ChainMatch(
        int destinationPort,
        List<CidrRange> destinations,
        List<String> serverNames,
        Optional<Transport> transport,
        List<String> applicationProtocols,
        List<CidrRange> directSources,
        Source source,
        List<CidrRange> sources,
        List<Integer> sourcePorts) {
    /** What a connection begins with. */
    public enum Transport {
        TLS,
        /** Anything else. */
        RAW_BUFFER
    }

    /** Where a client is. */
    public enum Source {
        ANY,
        SAME_IP_OR_LOOPBACK,
        EXTERNAL
    }

    /** Every connection. */
    public static final ChainMatch ANY = new ChainMatch(
            0, List.of(), List.of(), Optional.empty(), List.of(), List.of(), Source.ANY, List.of(), List.of());

    /** TLS connections that ask for one of these names. */
    public static ChainMatch serverNames(String... names) {
        return ANY.withServerNames(List.of(names));
    }

    public ChainMatch {
        Check.range(destinationPort, 0, 65535, "destination_port");
        destinations = List.copyOf(destinations);
        serverNames = checkedNames(serverNames);
        applicationProtocols = List.copyOf(applicationProtocols);
        directSources = List.copyOf(directSources);
        sources = List.copyOf(sources);
        sourcePorts = List.copyOf(sourcePorts);
        for (int i = 0; i < applicationProtocols.size(); i++) {
            Check.notEmpty(applicationProtocols.get(i), "application_protocols[" + i + "]");
        }
        for (int i = 0; i < sourcePorts.size(); i++) {
            Check.range(sourcePorts.get(i), 1, 65535, "source_ports[" + i + "]");
        }
        distinct(destinations, "prefix_ranges");
        distinct(serverNames, "server_names");
        distinct(applicationProtocols, "application_protocols");
        distinct(directSources, "direct_source_prefix_ranges");
        distinct(sources, "source_prefix_ranges");
        distinct(sourcePorts, "source_ports");
    }

    private static List<String> checkedNames(List<String> names) {
        List<String> checked = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            String rest = name.startsWith("*.") ? name.substring(2) : name;
            if (rest.isEmpty() || rest.startsWith(".") || rest.contains("*")) {
                throw new IllegalArgumentException("server_names[" + i + "]: \"" + name
                        + "\" (expected: a name, or \"*.\" and a name; none at all for any name)");
            }
            checked.add(name.toLowerCase(Locale.ROOT));
        }
        return List.copyOf(checked);
    }

    private static void distinct(List<?> values, String field) {
        HashSet<Object> seen = new HashSet<>();
        for (int i = 0; i < values.size(); i++) {
            if (!seen.add(values.get(i))) {
                throw new IllegalArgumentException(
                        field + "[" + i + "]: " + values.get(i) + " a second time (expected: once)");
            }
        }
    }

    /** Whether the first bytes of a connection must be known to tell. */
    public boolean needsHello() {
        return transport.isPresent() || !serverNames.isEmpty() || !applicationProtocols.isEmpty();
    }

    /** Only what is set, as xDS names it: {@code server_names [a.example], transport_protocol tls}; equal for equal matches alone. */
    @Override
    public String toString() {
        List<String> set = new ArrayList<>();
        if (destinationPort != 0) {
            set.add("destination_port " + destinationPort);
        }
        name(set, "prefix_ranges", destinations);
        name(set, "server_names", serverNames);
        transport.ifPresent(
                beginning -> set.add("transport_protocol " + beginning.name().toLowerCase(Locale.ROOT)));
        name(set, "application_protocols", applicationProtocols);
        name(set, "direct_source_prefix_ranges", directSources);
        if (source != Source.ANY) {
            set.add("source_type " + source);
        }
        name(set, "source_prefix_ranges", sources);
        name(set, "source_ports", sourcePorts);
        return set.isEmpty() ? "any" : String.join(", ", set);
    }

    private static void name(List<String> set, String field, List<?> values) {
        if (!values.isEmpty()) {
            set.add(field + " " + values);
        }
    }

    public ChainMatch withServerNames(List<String> names) {
        return new ChainMatch(
                destinationPort,
                destinations,
                names,
                transport,
                applicationProtocols,
                directSources,
                source,
                sources,
                sourcePorts);
    }

    public ChainMatch withTransport(Transport beginning) {
        return new ChainMatch(
                destinationPort,
                destinations,
                serverNames,
                Optional.of(beginning),
                applicationProtocols,
                directSources,
                source,
                sources,
                sourcePorts);
    }

    public ChainMatch withApplicationProtocols(List<String> protocols) {
        return new ChainMatch(
                destinationPort,
                destinations,
                serverNames,
                transport,
                protocols,
                directSources,
                source,
                sources,
                sourcePorts);
    }
}
