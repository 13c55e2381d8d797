package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.ChainMatch.Source;
import dev.weft.proxy.model.ChainMatch.Transport;
import dev.weft.proxy.model.CidrRange;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code FilterChainMatch}. Confined to the thread of the conversion. */
final class ChainMatchTranslation {
    private final Problems problems;

    ChainMatchTranslation(Problems problems) {
        this.problems = problems;
    }

    /** {@link ChainMatch#ANY} where something is wrong with it, which is noted. */
    ChainMatch match(Message match) {
        if (match.has("destination_port") && match.number("destination_port") == 0) {
            problems.add(match.path("destination_port"), "0 (expected: 1 to 65535)");
        }
        Optional<Transport> transport = transport(match);
        List<CidrRange> destinations = ranges(match, "prefix_ranges");
        List<CidrRange> directSources = ranges(match, "direct_source_prefix_ranges");
        List<CidrRange> sources = ranges(match, "source_prefix_ranges");
        ChainMatch made = problems.making(
                match,
                () -> new ChainMatch(
                        match.integer("destination_port", 0),
                        destinations,
                        match.strings("server_names"),
                        transport,
                        match.strings("application_protocols"),
                        directSources,
                        Source.valueOf(match.choice("source_type")),
                        sources,
                        match.numbers("source_ports").stream()
                                .map(port -> (int) Math.min(port, Integer.MAX_VALUE))
                                .toList()));
        return made == null ? ChainMatch.ANY : made;
    }

    private Optional<Transport> transport(Message match) {
        return switch (match.string("transport_protocol")) {
            case "" -> Optional.empty();
            case "tls" -> Optional.of(Transport.TLS);
            case "raw_buffer" -> Optional.of(Transport.RAW_BUFFER);
            default -> {
                problems.add(
                        match.path("transport_protocol"),
                        match.string("transport_protocol") + " (expected: tls or raw_buffer)");
                yield Optional.empty();
            }
        };
    }

    private List<CidrRange> ranges(Message match, String field) {
        List<CidrRange> ranges = new ArrayList<>();
        for (Message range : match.messages(field)) {
            if (!Sources.isIp(range.string("address_prefix"))) {
                problems.add(
                        range.path("address_prefix"),
                        Sources.quoted(range.string("address_prefix")) + " (expected: an IP address)");
                continue;
            }
            CidrRange made = problems.making(
                    range, () -> CidrRange.of(range.string("address_prefix"), range.integer("prefix_len", 0)));
            if (made != null) {
                ranges.add(made);
            }
        }
        return ranges;
    }
}
