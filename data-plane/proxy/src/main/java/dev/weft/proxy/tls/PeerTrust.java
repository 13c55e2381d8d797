package dev.weft.proxy.tls;

import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.model.RouteMatch.ValueMatch;
import dev.weft.proxy.route.TextMatcher;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts a peer whose chain leads to one of the given authorities and whose certificate holds one of the wanted names: DNS names,
 * by RFC 9525 (a wildcard stands for one whole left-most label), URIs (SPIFFE), mail addresses or IPs, exactly or by a pattern. The
 * common name is never looked at. Where certificates or keys are pinned it must moreover be one of those; pins alone ask for no
 * authority, as with certificates that peers signed themselves.
 *
 * <p>Immutable and thread-safe.
 */
public final class PeerTrust extends X509ExtendedTrustManager {
    /** Null where pins alone decide. */
    private final @Nullable X509ExtendedTrustManager chains;

    private final Pins pins;
    private final List<PeerName> names;

    /** For each of the names, in their order. */
    private final List<TextMatcher> matchers;

    private PeerTrust(@Nullable X509ExtendedTrustManager chains, Pins pins, List<PeerName> names) {
        this.chains = chains;
        this.pins = pins;
        this.names = List.copyOf(names);
        this.matchers = names.stream()
                .map(name -> new TextMatcher(List.of(name.match())))
                .toList();
    }

    /**
     * @throws IllegalArgumentException where a PEM holds no certificate or cannot be read, or a name is a bad regex; the message
     *     begins with the field
     */
    public static PeerTrust of(PeerValidation asked) {
        return new PeerTrust(
                asked.authorities()
                        .map(pem -> Authorities.trusting(pem, asked.revocations()))
                        .orElse(null),
                new Pins(asked.certificateHashes(), asked.keyHashes()),
                asked.names());
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        if (chains != null) {
            chains.checkServerTrusted(chain, authType, engine);
        }
        checkItself(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        if (chains != null) {
            chains.checkServerTrusted(chain, authType, socket);
        }
        checkItself(chain[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        if (chains != null) {
            chains.checkServerTrusted(chain, authType);
        }
        checkItself(chain[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        if (chains != null) {
            chains.checkClientTrusted(chain, authType, engine);
        }
        checkItself(chain[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        if (chains != null) {
            chains.checkClientTrusted(chain, authType, socket);
        }
        checkItself(chain[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        if (chains != null) {
            chains.checkClientTrusted(chain, authType);
        }
        checkItself(chain[0]);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return chains == null ? new X509Certificate[0] : chains.getAcceptedIssuers();
    }

    private void checkItself(X509Certificate certificate) throws CertificateException {
        pins.check(certificate);
        checkNames(certificate);
    }

    private void checkNames(X509Certificate certificate) throws CertificateException {
        if (names.isEmpty()) {
            return;
        }
        Collection<List<?>> held = certificate.getSubjectAlternativeNames();
        List<String> shown = new ArrayList<>();
        for (List<?> entry : held == null ? List.<List<?>>of() : held) {
            PeerName.Kind kind = entry.get(0) instanceof Integer type ? kind(type) : null;
            if (kind != null && entry.get(1) instanceof String name) {
                if (matches(kind, name)) {
                    return;
                }
                shown.add(kind + " " + name);
            }
        }
        throw new WrongPeerName("subject alternative names: " + (shown.isEmpty() ? "none" : String.join(", ", shown))
                + " (expected: " + (names.size() == 1 ? "" : "one of ")
                + names.stream().map(PeerName::toString).collect(Collectors.joining(", ")) + ")");
    }

    /** RFC 5280's tags, those of them that are text to Java. */
    private static PeerName.@Nullable Kind kind(int tag) {
        return switch (tag) {
            case 1 -> PeerName.Kind.EMAIL;
            case 2 -> PeerName.Kind.DNS;
            case 6 -> PeerName.Kind.URI;
            case 7 -> PeerName.Kind.IP;
            default -> null;
        };
    }

    private boolean matches(PeerName.Kind kind, String held) {
        for (int i = 0; i < names.size(); i++) {
            PeerName wanted = names.get(i);
            if (wanted.kind() == kind && (matchers.get(i).matches(held) || holdsDns(wanted, held))) {
                return true;
            }
        }
        return false;
    }

    private static boolean holdsDns(PeerName wanted, String held) {
        return wanted.kind() == PeerName.Kind.DNS
                && wanted.match() instanceof ValueMatch.Exact exact
                && matchesDns(held, exact.text());
    }

    static boolean matchesDns(String held, String wanted) {
        String pattern = held.toLowerCase(Locale.ROOT);
        String name = wanted.toLowerCase(Locale.ROOT);
        if (!pattern.startsWith("*.")) {
            return pattern.equals(name);
        }
        int dot = name.indexOf('.');
        return dot > 0 && pattern.substring(1).equals(name.substring(dot));
    }
}
