package dev.weft.controlplane.store.etcd;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Where etcd is and how it is spoken to. Immutable.
 *
 * @param endpoints {@code http://host:port} or {@code https://host:port}, one or several members of one cluster
 * @param prefix of every key, ends with a slash; two meshes can share an etcd under two prefixes
 * @param credentials absent where etcd's authentication is off
 * @param tls absent: with {@code https} endpoints, what the JDK trusts
 * @param callTimeout for one answer from etcd
 * @param patience for an answer over all attempts; then {@code Unavailable}
 * @param silence after which a watch that heard nothing, not even the progress it asked for, is opened anew
 */
public record EtcdOptions(
        List<URI> endpoints,
        String prefix,
        Optional<Credentials> credentials,
        Optional<Tls> tls,
        Duration callTimeout,
        Duration patience,
        Duration silence) {

    /** Of an etcd user. */
    public record Credentials(String user, String password) {
        public Credentials {
            if (user.isEmpty()) {
                throw new IllegalArgumentException("user: empty (expected: an etcd user)");
            }
            if (password.isEmpty()) {
                throw new IllegalArgumentException("password: empty (expected: the password of " + user + ")");
            }
        }

        @Override
        public String toString() {
            return "Credentials[user=" + user + "]";
        }
    }

    /**
     * PEM files.
     *
     * @param ca whom to trust
     * @param certificate the client's own, with {@code key}, where etcd asks for one
     */
    public record Tls(Optional<Path> ca, Optional<Path> certificate, Optional<Path> key) {
        public Tls {
            if (certificate.isPresent() != key.isPresent()) {
                throw new IllegalArgumentException(
                        certificate.isPresent()
                                ? "cert: given without key (expected: both or none)"
                                : "key: given without cert (expected: both or none)");
            }
        }
    }

    public EtcdOptions {
        endpoints = List.copyOf(endpoints);
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException("endpoints: none (expected: http://host:port, ...)");
        }
        for (URI endpoint : endpoints) {
            if (endpoint.getHost() == null
                    || !List.of("http", "https").contains(String.valueOf(endpoint.getScheme()))) {
                throw new IllegalArgumentException("endpoints: " + endpoint + " (expected: http[s]://host:port)");
            }
        }
        if (endpoints.stream().map(URI::getScheme).distinct().count() > 1) {
            throw new IllegalArgumentException("endpoints: http and https mixed (expected: one of them for all)");
        }
        if (tls.isPresent() && endpoints.getFirst().getScheme().equals("http")) {
            throw new IllegalArgumentException(
                    "tls: given for " + endpoints.getFirst() + " (expected: https endpoints)");
        }
        if (!prefix.endsWith("/")) {
            throw new IllegalArgumentException("prefix: " + prefix + " (expected: ends with /)");
        }
        positive("call_timeout", callTimeout);
        positive("patience", patience);
        positive("silence", silence);
    }

    /**
     * With the defaults for all else.
     *
     * @param endpoints separated by commas; without a scheme they are http
     */
    public static EtcdOptions of(String endpoints) {
        List<URI> uris = Arrays.stream(endpoints.split(","))
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .map(text -> URI.create(text.contains("://") ? text : "http://" + text))
                .toList();
        return new EtcdOptions(
                uris,
                "/weft/",
                Optional.empty(),
                Optional.empty(),
                Duration.ofSeconds(3),
                Duration.ofSeconds(10),
                Duration.ofSeconds(20));
    }

    public EtcdOptions withPrefix(String value) {
        return new EtcdOptions(endpoints, value, credentials, tls, callTimeout, patience, silence);
    }

    public EtcdOptions withCredentials(Credentials value) {
        return new EtcdOptions(endpoints, prefix, Optional.of(value), tls, callTimeout, patience, silence);
    }

    public EtcdOptions withTls(Tls value) {
        return new EtcdOptions(endpoints, prefix, credentials, Optional.of(value), callTimeout, patience, silence);
    }

    public EtcdOptions withTimeouts(Duration callTimeoutValue, Duration patienceValue, Duration silenceValue) {
        return new EtcdOptions(endpoints, prefix, credentials, tls, callTimeoutValue, patienceValue, silenceValue);
    }

    boolean secure() {
        return endpoints.getFirst().getScheme().equals("https");
    }

    private static void positive(String name, Duration value) {
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: > 0s)");
        }
    }
}
