package dev.weft.proxy.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.OpenSsl;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out whether a private key is that of a certificate. Stateless. */
final class KeyPairs {
    private static final byte[] PROBE = "does this key belong to that certificate".getBytes(StandardCharsets.US_ASCII);
    private static final int PEM_COLUMNS = 64;

    private KeyPairs() {}

    /** True also for kinds of keys that are not known here, which are left to the engine. */
    static boolean areOne(PrivateKey key, X509Certificate certificate) {
        // The first signature that the JDK makes with an EC key takes 200 ms of a start.
        return (OpenSsl.isAvailable() ? askBoringSsl(key, certificate) : Optional.<Boolean>empty())
                .orElseGet(() -> signs(key, certificate.getPublicKey()));
    }

    /** Empty where BoringSSL does not know that kind of key. */
    private static Optional<Boolean> askBoringSsl(PrivateKey key, X509Certificate certificate) {
        Deque<Runnable> owned = new ArrayDeque<>();
        try {
            long context = SSLContext.make(SSL.SSL_PROTOCOL_ALL, SSL.SSL_MODE_SERVER);
            owned.push(() -> SSLContext.free(context));
            long connection = SSL.newSSL(context, true);
            owned.push(() -> SSL.freeSSL(connection));
            long chainPem = bio("CERTIFICATE", certificate.getEncoded());
            owned.push(() -> SSL.freeBIO(chainPem));
            long chain = SSL.parseX509Chain(chainPem);
            owned.push(() -> SSL.freeX509Chain(chain));
            long keyPem = bio("PRIVATE KEY", key.getEncoded());
            owned.push(() -> SSL.freeBIO(keyPem));
            long parsed = SSL.parsePrivateKey(keyPem, null);
            owned.push(() -> SSL.freePrivateKey(parsed));
            SSL.setKeyMaterial(connection, chain, parsed);
            return Optional.of(true);
        } catch (Exception e) {
            String said = String.valueOf(e.getMessage());
            return said.contains("KEY_VALUES_MISMATCH") || said.contains("KEY_TYPE_MISMATCH")
                    ? Optional.of(false)
                    : Optional.empty();
        } finally {
            owned.forEach(Runnable::run);
        }
    }

    /** A copy in native memory, which the caller frees. */
    private static long bio(String kind, byte[] der) throws Exception {
        String body = Base64.getMimeEncoder(PEM_COLUMNS, new byte[] {'\n'}).encodeToString(der);
        byte[] pem = "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(kind, body, kind)
                .getBytes(StandardCharsets.US_ASCII);
        ByteBuf direct = Unpooled.directBuffer(pem.length).writeBytes(pem);
        long bio = SSL.newMemBIO();
        try {
            if (SSL.bioWrite(bio, direct.memoryAddress(), pem.length) != pem.length) {
                throw new IllegalStateException("BoringSSL has no memory");
            }
            return bio;
        } catch (IllegalStateException e) {
            SSL.freeBIO(bio);
            throw e;
        } finally {
            direct.setZero(0, pem.length).release();
        }
    }

    private static boolean signs(PrivateKey key, PublicKey certified) {
        String algorithm = signatureOf(certified.getAlgorithm());
        if (algorithm == null) {
            return true;
        }
        try {
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(key);
            signing.update(PROBE);
            Signature verifying = Signature.getInstance(algorithm);
            verifying.initVerify(certified);
            verifying.update(PROBE);
            return verifying.verify(signing.sign());
        } catch (GeneralSecurityException notAPair) {
            return false; // on another curve it cannot even try
        }
    }

    private static @Nullable String signatureOf(String keyAlgorithm) {
        return switch (keyAlgorithm) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "EdDSA" -> "EdDSA";
            default -> null;
        };
    }
}
