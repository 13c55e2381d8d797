package dev.weft.sidecar.xds;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.ListenerConfig;
import dev.weft.proxy.model.ListenerConfig.Chain;
import dev.weft.proxy.model.ListenerConfig.Direction;
import dev.weft.sidecar.xds.ChainTranslation.Translated;
import dev.weft.sidecar.xds.ListenerDraft.Source;
import dev.weft.sidecar.xds.ListenerFilterTranslation.Before;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code Listener}. Confined to the thread of the conversion. */
final class ListenerTranslation {
    private final Problems problems;
    private final ChainTranslation chains;
    private final ListenerFilterTranslation filters;

    ListenerTranslation(Problems problems, FileText files, Map<String, Secret> secrets) {
        this.problems = problems;
        this.chains = new ChainTranslation(problems, files, secrets);
        this.filters = new ListenerFilterTranslation(problems);
    }

    @Nullable
    ListenerDraft listener(Message listener) {
        if (listener.has("bind_to_port") && !listener.bool("bind_to_port")) {
            problems.add(listener.path("bind_to_port"), "false (expected: true)");
        }
        Message address = listener.message("address").message("socket_address");
        Sources.expectTcp(address, problems);
        String host = Sources.bindHost(address, problems);
        List<Message> messages = listener.messages("filter_chains");
        Optional<Message> last = listener.find("default_filter_chain");
        if (messages.isEmpty() && last.isEmpty()) {
            problems.add(listener.path("filter_chains"), "none (expected: at least one, or default_filter_chain)");
        }
        List<ChainMatch> matches =
                messages.stream().map(message -> chains.match(message)).toList();
        Before before = filters.before(listener, matches);
        List<Translated> made = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            chains.chain(listener, messages.get(i), Optional.of(matches.get(i))).ifPresent(made::add);
        }
        Optional<Translated> fallback =
                last.map(this::withoutMatch).flatMap(message -> chains.chain(listener, message, Optional.empty()));
        if (!problems.isEmpty()) {
            return null;
        }
        return problems.making(listener, () -> draft(listener, host, made, fallback, before));
    }

    /** To read one into it would be a mistake: it serves whom the others leave. */
    private Message withoutMatch(Message chain) {
        if (chain.find("filter_chain_match")
                .filter(match -> !match.json().isEmpty())
                .isPresent()) {
            problems.add(chain.path("filter_chain_match"), "set (expected: none, for this serves whom no other does)");
        }
        return chain;
    }

    private static ListenerDraft draft(
            Message listener, String host, List<Translated> made, Optional<Translated> fallback, Before before) {
        Direction direction = switch (listener.choice("traffic_direction")) {
            case "INBOUND" -> Direction.INBOUND;
            case "OUTBOUND" -> Direction.OUTBOUND;
            default -> Direction.GATEWAY;
        };
        List<Chain> matched = made.stream().map(Translated::chain).toList();
        ListenerConfig config = new ListenerConfig(
                listener.string("name"),
                host,
                listener.message("address").message("socket_address").integer("port_value", 0),
                direction,
                matched,
                fallback.map(Translated::chain),
                before.proxyProtocol(),
                before.inspection());
        Proxy.check(config);
        List<Source> sources =
                new ArrayList<>(made.stream().map(Translated::source).toList());
        fallback.ifPresent(chain -> sources.add(chain.source()));
        return new ListenerDraft(config, sources);
    }
}
