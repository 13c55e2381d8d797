package dev.weft.sidecar.xds;

import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.model.TlsPolicy;
import dev.weft.sidecar.xds.SecretSources.Found;
import dev.weft.sidecar.xds.TlsDraft.Asked;
import dev.weft.sidecar.xds.TlsDraft.Own;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Transport sockets. Confined to the thread of the conversion. */
final class TlsTranslation {
    private static final String TLS = "envoy.extensions.transport_sockets.tls.v3.";

    private final Problems problems;
    private final SecretTranslation secrets;
    private final SecretSources sources;
    private final TlsPolicyTranslation policies;

    /** @param statics secrets of the bootstrap */
    TlsTranslation(Problems problems, FileText files, Map<String, Secret> statics) {
        this.problems = problems;
        this.secrets = new SecretTranslation(problems, files);
        this.sources = new SecretSources(problems, files, statics);
        this.policies = new TlsPolicyTranslation(problems);
    }

    TlsDraft.@Nullable Server server(Message transportSocket) {
        Message context = context(transportSocket, TLS + "DownstreamTlsContext");
        if (context == null) {
            return null;
        }
        Message common = context.message("common_tls_context");
        TlsPolicy policy = policies.policy(common.message("tls_params"));
        List<Own> certificates = certificates(common);
        if (!common.has("tls_certificates") && !common.has("tls_certificate_sds_secret_configs")) {
            problems.add(common.path("tls_certificates"), "none (expected: at least one)");
        }
        boolean required = context.bool("require_client_certificate");
        boolean asked = common.has("validation_context")
                || common.has("validation_context_sds_secret_config")
                || common.has("combined_validation_context");
        if (!asked && required) {
            problems.add(
                    common.path("validation_context"),
                    "missing (expected: trusted_ca, to check client certificates by)");
        }
        return new TlsDraft.Server(
                certificates, common.strings("alpn_protocols"), Optional.ofNullable(asked(common)), required, policy);
    }

    TlsDraft.@Nullable Client client(Message transportSocket) {
        Message context = context(transportSocket, TLS + "UpstreamTlsContext");
        if (context == null) {
            return null;
        }
        Message common = context.message("common_tls_context");
        TlsPolicy policy = policies.policy(common.message("tls_params"));
        List<Own> certificates = certificates(common);
        if (certificates.size() > 1) {
            problems.add(common.path("tls_certificates"), certificates.size() + " (expected: at most 1)");
        }
        return new TlsDraft.Client(
                context.string("sni"),
                Optional.ofNullable(asked(common)),
                common.strings("alpn_protocols"),
                certificates.stream().findFirst(),
                policy);
    }

    /** TLS that waits for nothing; empty where it does, or something is wrong. */
    <T> Optional<T> complete(Message transportSocket, TlsDraft<T> draft) {
        if (!problems.isEmpty()) {
            return Optional.empty();
        }
        Message common = transportSocket.message("typed_config").message("common_tls_context");
        T made = problems.making(common, () -> draft.with(TlsTranslation::standIn));
        return draft.secrets().isEmpty() ? Optional.ofNullable(made) : Optional.empty();
    }

    /** So that what is wrong beside a secret is told before it came. */
    private static Secret standIn(SecretRef secret) {
        return switch (secret.kind()) {
            case CERTIFICATE -> new Secret.Certificate(new ServerTls.Certificate("", ""));
            case VALIDATION -> new Secret.Validation(new PeerValidation("", List.of()));
        };
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

    private List<Own> certificates(Message common) {
        List<Message> named = common.messages("tls_certificate_sds_secret_configs");
        if (!named.isEmpty() && common.has("tls_certificates")) {
            problems.add(
                    common.path("tls_certificate_sds_secret_configs"),
                    "set beside tls_certificates (expected: one of the two)");
        }
        List<Own> certificates = new ArrayList<>();
        for (Message certificate : common.messages("tls_certificates")) {
            ServerTls.Certificate read = secrets.certificate(certificate);
            if (read != null) {
                certificates.add(new Own.Given(read));
            }
        }
        for (Message config : named) {
            switch (sources.find(config, Secret.Kind.CERTIFICATE)) {
                case Found.Here(Secret.Certificate certificate) -> certificates.add(new Own.Given(certificate.own()));
                case Found.Sent sent -> certificates.add(new Own.Sent(sent.secret()));
                case Found.Here _ -> throw new IllegalStateException("of another kind");
                case null -> {} // which is noted
            }
        }
        return certificates;
    }

    /** Null also where what is wrong with it is noted. */
    private @Nullable Asked asked(Message common) {
        if (common.has("validation_context")) {
            PeerValidation here = secrets.proof(common.message("validation_context"));
            return here == null ? null : new Asked(here, Optional.empty());
        }
        if (common.has("validation_context_sds_secret_config")) {
            return asked(PeerValidation.NONE, common.message("validation_context_sds_secret_config"));
        }
        if (!common.has("combined_validation_context")) {
            return null;
        }
        Message combined = common.message("combined_validation_context");
        PeerValidation here = secrets.validation(combined.message("default_validation_context"));
        return here == null ? null : asked(here, combined.message("validation_context_sds_secret_config"));
    }

    private @Nullable Asked asked(PeerValidation here, Message config) {
        return switch (sources.find(config, Secret.Kind.VALIDATION)) {
            case Found.Here(Secret.Validation there) -> new Asked(here.and(there.asked()), Optional.empty());
            case Found.Sent sent -> new Asked(here, Optional.of(sent.secret()));
            case Found.Here _ -> throw new IllegalStateException("of another kind");
            case null -> null;
        };
    }
}
