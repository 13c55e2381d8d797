package dev.weft.proxy.http;

import dev.weft.proxy.model.ClientCertificateForwarding.Detail;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The certificate that a client has shown on its connection, whose key it has. Confined to the connection's event loop. */
public final class ClientCertificate {
    private final List<X509Certificate> chain;
    private final @Nullable X509Certificate ours;

    /** The last element and what it was asked for: the same for all requests while the configuration is. */
    private String element = "";

    private @Nullable List<Detail> elementOf;

    /**
     * @param chain as the client sent it, its own certificate first
     * @param ours that it was served with
     */
    public ClientCertificate(List<X509Certificate> chain, @Nullable X509Certificate ours) {
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("chain: empty (expected: the client's certificate)");
        }
        this.chain = List.copyOf(chain);
        this.ours = ours;
    }

    public List<X509Certificate> chain() {
        return chain;
    }

    /** An element of {@code x-forwarded-client-cert}. */
    public String element(List<Detail> details) {
        if (!details.equals(elementOf)) {
            element = CertificateElement.of(chain, ours, details);
            elementOf = details;
        }
        return element;
    }
}
