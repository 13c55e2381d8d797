package dev.weft.sidecar.xds;

import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.model.ServerTls;

/** What listeners and clusters name rather than hold. Immutable; never shows a key. */
public sealed interface Secret {
    Kind kind();

    /** What a secret can be. */
    enum Kind {
        CERTIFICATE("tls_certificate"),
        VALIDATION("validation_context");

        private final String field;

        Kind(String field) {
            this.field = field;
        }

        /** The field of the message. */
        public String field() {
            return field;
        }
    }

    /** To show to peers. */
    record Certificate(ServerTls.Certificate own) implements Secret {
        @Override
        public Kind kind() {
            return Kind.CERTIFICATE;
        }
    }

    /** To check peers by. */
    record Validation(PeerValidation asked) implements Secret {
        @Override
        public Kind kind() {
            return Kind.VALIDATION;
        }
    }
}
