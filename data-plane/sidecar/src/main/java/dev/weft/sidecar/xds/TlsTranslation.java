package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.model.TlsPolicy;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Transport sockets. Confined to the thread of the conversion. */
final class TlsTranslation {
    private static final String TLS = "envoy.extensions.transport_sockets.tls.v3.";

    private final Problems problems;
    private final TextSources texts;
    private final MatchTranslation matches;
    private final TlsPolicyTranslation policies;

    TlsTranslation(Problems problems, FileText files) {
        this.problems = problems;
        this.texts = new TextSources(files, problems);
        this.matches = new MatchTranslation(problems);
        this.policies = new TlsPolicyTranslation(problems);
    }

    @Nullable
    ServerTls server(Message transportSocket) {
        Message context = context(transportSocket, TLS + "DownstreamTlsContext");
        if (context == null) {
            return null;
        }
        Message common = context.message("common_tls_context");
        TlsPolicy policy = policies.policy(common.message("tls_params"));
        List<ServerTls.Certificate> certificates = certificates(common);
        boolean required = context.bool("require_client_certificate");
        Optional<Message> validation = common.find("validation_context");
        if (validation.isEmpty() && required) {
            problems.add(
                    common.path("validation_context"),
                    "missing (expected: trusted_ca, to check client certificates by)");
        }
        Optional<ServerTls.Clients> clients =
                validation.map(v -> new ServerTls.Clients(authorities(v), subjectNames(v), required));
        return problems.making(
                common, () -> new ServerTls(certificates, common.strings("alpn_protocols"), clients, policy));
    }

    @Nullable
    ClientTls client(Message transportSocket) {
        Message context = context(transportSocket, TLS + "UpstreamTlsContext");
        if (context == null) {
            return null;
        }
        Message common = context.message("common_tls_context");
        TlsPolicy policy = policies.policy(common.message("tls_params"));
        List<ServerTls.Certificate> certificates = certificates(common);
        if (certificates.size() > 1) {
            problems.add(common.path("tls_certificates"), certificates.size() + " (expected: at most 1)");
        }
        Optional<Message> validation = common.find("validation_context");
        Optional<String> authorities = validation.map(v -> authorities(v));
        List<PeerName> names = validation.map(v -> subjectNames(v)).orElse(List.of());
        return problems.making(
                context,
                () -> new ClientTls(
                        context.string("sni"),
                        authorities,
                        names,
                        common.strings("alpn_protocols"),
                        certificates.stream().findFirst(),
                        policy));
    }

    private @Nullable Message context(Message transportSocket, String expected) {
        Optional<Message> config = transportSocket.find("typed_config");
        if (config.isEmpty() || !config.get().type().equals(expected)) {
            problems.add(
                    transportSocket.path("typed_config"),
                    config.map(Message::type).orElse("missing") + " (expected: " + expected + ")");
            return null;
        }
        return config.get();
    }

    private List<ServerTls.Certificate> certificates(Message common) {
        List<ServerTls.Certificate> certificates = new ArrayList<>();
        for (Message certificate : common.messages("tls_certificates")) {
            String chain = required(certificate, "certificate_chain");
            String key = required(certificate, "private_key");
            certificates.add(new ServerTls.Certificate(chain, key));
        }
        return certificates;
    }

    private String authorities(Message validation) {
        return required(validation, "trusted_ca");
    }

    private String required(Message message, String field) {
        Optional<Message> source = message.find(field);
        if (source.isEmpty()) {
            problems.add(message.path(field), "missing (expected: PEM, inline or by filename)");
            return "";
        }
        return texts.text(source.get());
    }

    private List<PeerName> subjectNames(Message validation) {
        List<PeerName> names = new ArrayList<>();
        for (Message name : validation.messages("match_typed_subject_alt_names")) {
            PeerName.Kind kind = kind(name);
            ValueMatch match = matches.text(name.message("matcher"));
            if (kind != null && match != null) {
                names.add(new PeerName(kind, match));
            }
        }
        return names;
    }

    private PeerName.@Nullable Kind kind(Message name) {
        return switch (name.choice("san_type")) {
            case "EMAIL" -> PeerName.Kind.EMAIL;
            case "DNS" -> PeerName.Kind.DNS;
            case "URI" -> PeerName.Kind.URI;
            case "IP_ADDRESS" -> PeerName.Kind.IP;
            default -> {
                problems.add(
                        name.path("san_type"), name.choice("san_type") + " (expected: DNS, URI, EMAIL or IP_ADDRESS)");
                yield null;
            }
        };
    }
}
