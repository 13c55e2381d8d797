package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.Inspection;
import dev.weft.proxy.model.ProxyProtocol;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The listener filters: what happens to a connection before it has a chain. Confined to the thread of the conversion. */
final class ListenerFilterTranslation {
    private static final String LISTENER = "envoy.extensions.filters.listener.";
    private static final String PROXY_PROTOCOL = LISTENER + "proxy_protocol.v3.ProxyProtocol";

    /** Whether it is needed the proxy sees by the matches, as Envoy does. */
    private static final String TLS_INSPECTOR = LISTENER + "tls_inspector.v3.TlsInspector";

    /** HTTP/2 by its preface is found out behind the chain, for each by itself. */
    private static final String HTTP_INSPECTOR = LISTENER + "http_inspector.v3.HttpInspector";

    private final Problems problems;

    ListenerFilterTranslation(Problems problems) {
        this.problems = problems;
    }

    /** What a connection passes before it has a chain. */
    record Before(Optional<ProxyProtocol> proxyProtocol, Inspection inspection) {}

    /**
     * @param matches of the listener's chains
     */
    Before before(Message listener, List<ChainMatch> matches) {
        List<Message> filters = listener.messages("listener_filters");
        Duration timeout = listener.duration("listener_filters_timeout").orElse(Inspection.DEFAULT.timeout());
        boolean goesOn = listener.bool("continue_on_listener_filters_timeout");
        Optional<ProxyProtocol> header = Optional.empty();
        for (int i = 0; i < filters.size(); i++) {
            Message filter = filters.get(i);
            switch (Extensions.type(filter)) {
                case PROXY_PROTOCOL -> {
                    header = proxyProtocol(filter, timeout);
                    if (i > 0) {
                        problems.add(filter.path(), "behind another listener filter (expected: the first)");
                    }
                }
                case TLS_INSPECTOR -> {
                    // accepted
                }
                case HTTP_INSPECTOR -> refuseIfDecisive(listener, filter, matches);
                default ->
                    Extensions.refuse(
                            filter, "expected: a ProxyProtocol, TlsInspector or HttpInspector, or none", problems);
            }
        }
        boolean waits = !filters.isEmpty() || matches.stream().anyMatch(ChainMatch::needsHello);
        if (!waits && listener.has("listener_filters_timeout")) {
            problems.add(
                    listener.path("listener_filters_timeout"),
                    "set without a listener filter (expected: none, for nothing is waited for)");
        }
        if (goesOn && header.isPresent()) {
            problems.add(
                    listener.path("continue_on_listener_filters_timeout"),
                    "true with a ProxyProtocol listener filter (expected: false, for clients without a header would pass)");
        }
        Inspection inspection = problems.making(listener, () -> new Inspection(timeout, goesOn));
        return new Before(header, inspection == null ? Inspection.DEFAULT : inspection);
    }

    private Optional<ProxyProtocol> proxyProtocol(Message filter, Duration timeout) {
        Message settings = filter.message("typed_config");
        return Optional.ofNullable(problems.making(
                filter, () -> new ProxyProtocol(settings.bool("allow_requests_without_proxy_protocol"), timeout)));
    }

    /** It would tell what a client in plain text speaks, and we do not look before the choice. */
    private void refuseIfDecisive(Message listener, Message filter, List<ChainMatch> matches) {
        for (int i = 0; i < matches.size(); i++) {
            ChainMatch match = matches.get(i);
            boolean onlyTls = match.transport().equals(Optional.of(ChainMatch.Transport.TLS));
            if (!match.applicationProtocols().isEmpty() && !onlyTls) {
                problems.add(
                        filter.path(),
                        "beside application_protocols in %s (expected: transport_protocol \"tls\" there, or no HttpInspector: what is sent in plain text does not choose)"
                                .formatted(listener.path("filter_chains[" + i + "].filter_chain_match")));
            }
        }
    }
}
