package dev.weft.sidecar.xds;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import dev.weft.proxy.model.ServerTls;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code Secret}, and the certificates and validation contexts that a TLS context can hold as well. Keys and certificates are read
 * here, so that what is wrong with them is said by their path. Confined to the thread of the conversion.
 */
final class SecretTranslation {
    private final Problems problems;
    private final TextSources texts;
    private final MatchTranslation matches;

    SecretTranslation(Problems problems, FileText files) {
        this.problems = problems;
        this.texts = new TextSources(files, problems);
        this.matches = new MatchTranslation(problems);
    }

    @Nullable
    Secret secret(Message secret) {
        if (secret.has("tls_certificate")) {
            ServerTls.Certificate own = certificate(secret.message("tls_certificate"));
            return own == null ? null : new Secret.Certificate(own);
        }
        if (!secret.has("validation_context")) {
            problems.add(secret.path(), "nothing in it (expected: tls_certificate or validation_context)");
            return null;
        }
        PeerValidation asked = proof(secret.message("validation_context"));
        return asked == null ? null : new Secret.Validation(asked);
    }

    ServerTls.@Nullable Certificate certificate(Message certificate) {
        Optional<String> chain = required(certificate, "certificate_chain");
        Optional<String> key = required(certificate, "private_key");
        if (chain.isEmpty() || key.isEmpty()) {
            return null;
        }
        return problems.making(certificate, () -> {
            ServerTls.Certificate read = new ServerTls.Certificate(chain.get(), key.get());
            Proxy.check(read);
            return read;
        });
    }

    /** Which asks for more than a name, that anyone could claim. */
    @Nullable
    PeerValidation proof(Message validation) {
        PeerValidation asked = validation(validation);
        if (asked != null && !asked.asksForProof()) {
            problems.add(validation.path("trusted_ca"), "missing (expected: PEM, inline or by filename)");
            return null;
        }
        return asked;
    }

    /** Which may be completed by another. */
    @Nullable
    PeerValidation validation(Message validation) {
        Optional<String> authorities = text(validation, "trusted_ca");
        Optional<String> revocations = text(validation, "crl");
        List<PeerName> names = names(validation);
        return problems.making(validation, () -> {
            PeerValidation read = new PeerValidation(
                    authorities,
                    names,
                    validation.strings("verify_certificate_hash"),
                    validation.strings("verify_certificate_spki"),
                    revocations);
            Proxy.check(read);
            return read;
        });
    }

    private Optional<String> required(Message message, String field) {
        if (!message.has(field)) {
            problems.add(message.path(field), "missing (expected: PEM, inline or by filename)");
        }
        return text(message, field);
    }

    /** Nothing also where it cannot be read, which is noted. */
    private Optional<String> text(Message message, String field) {
        return message.find(field).flatMap(texts::find);
    }

    private List<PeerName> names(Message validation) {
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
