package dev.weft.proxy.tls;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the private key of a certificate: PKCS #8 (RFC 5958), and the older forms that tools still write, an RSA key of PKCS #1 and an
 * EC key of SEC 1. Those lack the name of the algorithm, which the certificate has. Stateless.
 */
final class PemKey {
    private static final Pattern BLOCK = Pattern.compile(
            "-----BEGIN ((?:RSA |EC )?)PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END \\1PRIVATE KEY-----");

    /** PKCS #8's form, and the header of RFC 1421 that OpenSSL once wrote into the older ones. */
    private static final Pattern ENCRYPTED =
            Pattern.compile("-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4, *ENCRYPTED", Pattern.MULTILINE);

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final byte[] VERSION_0 = {2, 1, 0};

    private PemKey() {}

    /**
     * @param certified the certificate's key, which is of the same kind
     * @throws IllegalArgumentException where there is no such key in it; the message begins with the field's name
     */
    static PrivateKey read(String pem, PublicKey certified) {
        Matcher block = BLOCK.matcher(pem);
        if (!block.find()) {
            throw new IllegalArgumentException(
                    ENCRYPTED.matcher(pem).find()
                            ? "private_key: encrypted with a passphrase (expected: an unencrypted key, as"
                                    + " \"openssl pkey -in KEY -out PLAIN\" makes of it, that only its owner can read)"
                            : "private_key: no key in it (expected: PEM of an unencrypted private key)");
        }
        String kind = block.group(1).trim();
        try {
            byte[] der = Base64.getMimeDecoder().decode(block.group(2));
            return KeyFactory.getInstance(certified.getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(kind.isEmpty() ? der : wrapped(der, certified)));
        } catch (GeneralSecurityException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException(
                    "private_key: cannot be read as " + certified.getAlgorithm() + ", which the certificate is for", e);
        }
    }

    /** PKCS #8 around a bare key: version, algorithm, octet string. */
    private static byte[] wrapped(byte[] key, PublicKey certified) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.writeBytes(VERSION_0);
        content.writeBytes(algorithm(certified.getEncoded()));
        write(content, OCTET_STRING, key);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        write(all, SEQUENCE, content.toByteArray());
        return all.toByteArray();
    }

    /** The first element of a SubjectPublicKeyInfo, whole; it is shorter than 128 bytes for every kind of key there is. */
    private static byte[] algorithm(byte[] publicKeyInfo) {
        int lengthBytes = publicKeyInfo[1] < 0 ? publicKeyInfo[1] & 0x7f : 0;
        int at = 2 + lengthBytes;
        byte[] element = new byte[2 + publicKeyInfo[at + 1]];
        System.arraycopy(publicKeyInfo, at, element, 0, element.length);
        return element;
    }

    private static void write(ByteArrayOutputStream out, int tag, byte[] content) {
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else if (content.length < 0x100) {
            out.write(0x81);
            out.write(content.length);
        } else {
            out.write(0x82);
            out.write(content.length >> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
    }
}
