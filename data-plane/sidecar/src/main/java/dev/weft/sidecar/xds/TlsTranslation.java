package dev.weft.sidecar.xds;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.ServerTls;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Transport sockets. Confined to the thread of the conversion. */
final class TlsTranslation {
    private static final String TLS = "envoy.extensions.transport_sockets.tls.v3.";
    private static final Set<String> MINIMUM = Set.of("TLS_AUTO", "TLSv1_2");
    private static final Set<String> MAXIMUM = Set.of("TLS_AUTO", "TLSv1_3");

    private final Problems problems;
    private final TextSources texts;

    TlsTranslation(Problems problems, FileText files) {
        this.problems = problems;
        this.texts = new TextSources(files, problems);
    }

    @Nullable
    ServerTls server(Message transportSocket) {
        Message context = context(transportSocket, TLS + "DownstreamTlsContext");
        if (context == null) {
            return null;
        }
        Message common = context.message("common_tls_context");
        versions(common);
        List<ServerTls.Certificate> certificates = certificates(common);
        Optional<Message> validation = common.find("validation_context");
        boolean required = context.bool("require_client_certificate");
        if (validation.isPresent() && !required) {
            problems.add(
                    context.path("require_client_certificate"),
                    "false beside a validation_context (expected: true; optional client certificates are not supported)");
        }
        if (validation.isEmpty() && required) {
            problems.add(
                    common.path("validation_context"),
                    "missing (expected: trusted_ca, to check client certificates by)");
        }
        validation
                .filter(v -> v.has("match_typed_subject_alt_names"))
                .ifPresent(v -> problems.add(v.path("match_typed_subject_alt_names"), "not supported for clients"));
        Optional<String> authorities = validation.map(v -> authorities(v));
        return problems.making(
                common, () -> new ServerTls(certificates, common.strings("alpn_protocols"), authorities));
    }

    @Nullable
    ClientTls client(Message transportSocket) {
        Message context = context(transportSocket, TLS + "UpstreamTlsContext");
        if (context == null) {
            return null;
        }
        Message common = context.message("common_tls_context");
        versions(common);
        List<ServerTls.Certificate> certificates = certificates(common);
        if (certificates.size() > 1) {
            problems.add(common.path("tls_certificates"), certificates.size() + " (expected: at most 1)");
        }
        Optional<Message> validation = common.find("validation_context");
        Optional<String> authorities = validation.map(v -> authorities(v));
        List<String> names = validation.map(v -> subjectNames(v)).orElse(List.of());
        return problems.making(
                context,
                () -> new ClientTls(
                        context.string("sni"),
                        authorities,
                        names,
                        common.strings("alpn_protocols"),
                        certificates.stream().findFirst()));
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

    private void versions(Message common) {
        Message params = common.message("tls_params");
        String minimum = params.choice("tls_minimum_protocol_version");
        String maximum = params.choice("tls_maximum_protocol_version");
        if (!MINIMUM.contains(minimum)) {
            problems.add(params.path("tls_minimum_protocol_version"), minimum + " (expected: TLSv1_2)");
        }
        if (!MAXIMUM.contains(maximum)) {
            problems.add(params.path("tls_maximum_protocol_version"), maximum + " (expected: TLSv1_3)");
        }
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

    private List<String> subjectNames(Message validation) {
        List<String> names = new ArrayList<>();
        for (Message name : validation.messages("match_typed_subject_alt_names")) {
            String kind = name.choice("san_type");
            if (!kind.equals("DNS") && !kind.equals("URI")) {
                problems.add(name.path("san_type"), kind + " (expected: DNS or URI)");
            }
            Message matcher = name.message("matcher");
            if (matcher.string("exact").isEmpty()) {
                problems.add(matcher.path(), "not supported (expected: exact)");
            }
            names.add(matcher.string("exact"));
        }
        return names;
    }
}
