package dev.weft.proxy.tls;

import io.netty.buffer.ByteBuf;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;

/**
 * Whether a ClientHello offers to check an elliptic certificate (RFC 8446, section 4.2.3; RFC 8422 for TLS 1.2): the scheme of its
 * curve, and TLS 1.3 or a suite of TLS 1.2 that signs so. What is broken offers nothing; the engine says so to the client. Confined to
 * the connection's event loop.
 */
final class EllipticOffer {
    private static final int SIGNATURE_ALGORITHMS = 13;
    private static final int SUPPORTED_VERSIONS = 43;
    private static final int TLS_1_3 = 0x0304;
    private static final int BEFORE_SESSION_ID = 34;

    private final ByteBuf hello;

    /** Of the first extension; behind the end where there are none. */
    private int extensions;

    private boolean suite;

    /** @param hello from its version on, without the header */
    private EllipticOffer(ByteBuf hello) {
        this.hello = hello;
    }

    static boolean isIn(ByteBuf hello, X509Certificate certificate, boolean speaks13) {
        try {
            EllipticOffer offer = new EllipticOffer(hello);
            offer.readSuites();
            return offer.holds(SIGNATURE_ALGORITHMS, 2, scheme(certificate))
                    && (offer.suite || (speaks13 && offer.holds(SUPPORTED_VERSIONS, 1, TLS_1_3)));
        } catch (IndexOutOfBoundsException broken) {
            return false;
        }
    }

    private static int scheme(X509Certificate certificate) {
        if (!(certificate.getPublicKey() instanceof ECPublicKey key)) {
            return -1;
        }
        return switch (key.getParams().getCurve().getField().getFieldSize()) {
            case 256 -> 0x0403;
            case 384 -> 0x0503;
            case 521 -> 0x0603;
            default -> -1;
        };
    }

    private void readSuites() {
        int at = hello.readerIndex() + BEFORE_SESSION_ID;
        at += 1 + hello.getUnsignedByte(at);
        int end = at + 2 + hello.getUnsignedShort(at);
        for (int i = at + 2; i + 2 <= end; i += 2) {
            suite |= switch (hello.getUnsignedShort(i)) {
                case 0xc02b, 0xc02c, 0xcca9 -> true; // ECDHE_ECDSA with AES-128-GCM, AES-256-GCM, ChaCha20
                default -> false;
            };
        }
        int compressions = hello.getUnsignedByte(end);
        extensions = end + 1 + compressions + 2;
    }

    /** @param lengthBytes of the list in that extension */
    private boolean holds(int extension, int lengthBytes, int value) {
        int at = extensions;
        while (at + 4 <= hello.writerIndex()) {
            int length = hello.getUnsignedShort(at + 2);
            if (hello.getUnsignedShort(at) == extension) {
                for (int i = at + 4 + lengthBytes; i + 2 <= at + 4 + length; i += 2) {
                    if (hello.getUnsignedShort(i) == value) {
                        return true;
                    }
                }
                return false;
            }
            at += 4 + length;
        }
        return false;
    }
}
