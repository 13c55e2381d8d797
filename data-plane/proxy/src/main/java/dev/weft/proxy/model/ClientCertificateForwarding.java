package dev.weft.proxy.model;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;

/**
 * What origins are told of a client's certificate, in Envoy's field {@code x-forwarded-client-cert}: an element for each proxy on the
 * way that was shown one.
 *
 * @param details of our element beside the certificate's hash and who we are, in the order of {@link Detail}
 */
public record ClientCertificateForwarding(Mode mode, List<Detail> details) {
    /** What a client claims is taken out, and nothing said. */
    public static final ClientCertificateForwarding DEFAULT = new ClientCertificateForwarding(Mode.SANITIZE, List.of());

    /** What becomes of the field. Without a certificate from the client it is taken out, by all modes but the last. */
    public enum Mode {
        /** It is taken out. */
        SANITIZE,
        /** The client's is passed on. */
        FORWARD_ONLY,
        /** Our element comes behind the client's. */
        APPEND_FORWARD,
        /** Our element takes the place of the client's. */
        SANITIZE_SET,
        /** Whatever the client says is passed on, also in plain text. */
        ALWAYS_FORWARD_ONLY;

        /** Whether an element of ours is written. */
        public boolean writes() {
            return this == APPEND_FORWARD || this == SANITIZE_SET;
        }
    }

    /** What else an element can say. */
    public enum Detail {
        CERT,
        CHAIN,
        SUBJECT,
        URI,
        DNS
    }

    public ClientCertificateForwarding {
        details = List.copyOf(ordered(details));
        if (!mode.writes() && !details.isEmpty()) {
            throw new IllegalArgumentException("set_current_client_cert_details: set beside " + mode
                    + " (expected: with APPEND_FORWARD or SANITIZE_SET)");
        }
    }

    private static Collection<Detail> ordered(Collection<Detail> details) {
        return details.isEmpty() ? details : EnumSet.copyOf(details);
    }
}
