package dev.weft.cli;

import dev.weft.api.client.TlsFiles;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A control plane and how to speak with it. Immutable; what is empty is not said.
 *
 * @param server {@code HOST:PORT}
 * @param authorities file of CAs, or {@link #SYSTEM}; with it, or with a certificate, TLS is spoken
 * @param certificate of our own
 */
record Context(String server, String authorities, String certificate, String key) {
    static final String SYSTEM = "system";

    Context at(String other) {
        return new Context(other, authorities, certificate, key);
    }

    boolean secure() {
        return !authorities.isEmpty() || !certificate.isEmpty();
    }

    Optional<TlsFiles> files() {
        if (!secure()) {
            return Optional.empty();
        }
        return Optional.of(new TlsFiles(
                authorities.isEmpty() || authorities.equals(SYSTEM)
                        ? Optional.empty()
                        : Optional.of(Path.of(authorities)),
                certificate.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new TlsFiles.Own(Path.of(certificate), Path.of(key)))));
    }

    static Context of(Map<?, ?> entry) {
        return new Context(
                text(entry, "server"), text(entry, "tls-ca"), text(entry, "tls-cert"), text(entry, "tls-key"));
    }

    private static String text(Map<?, ?> entry, String key) {
        return entry.get(key) instanceof String text ? text : "";
    }

    /** As in the file. */
    Map<String, Object> entry() {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("server", server);
        put(entry, "tls-ca", authorities);
        put(entry, "tls-cert", certificate);
        put(entry, "tls-key", key);
        return entry;
    }

    private static void put(Map<String, Object> entry, String key, String value) {
        if (!value.isEmpty()) {
            entry.put(key, value);
        }
    }
}
