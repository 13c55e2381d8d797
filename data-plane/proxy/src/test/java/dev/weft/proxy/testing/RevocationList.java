package dev.weft.proxy.testing;

import io.netty.pkitesting.X509Bundle;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;

/** Writes revocation lists (RFC 5280, section 5), which neither the JDK nor the builder of test certificates does. Stateless. */
public final class RevocationList {
    private static final DateTimeFormatter UTC_TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final int SEQUENCE = 0x30;
    private static final byte[] ECDSA_WITH_SHA256 =
            der(SEQUENCE, new byte[] {6, 8, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 4, 3, 2});

    private RevocationList() {}

    /** PEM of the issuer's list, valid for an hour, with those on it. */
    public static String of(X509Bundle issuer, X509Bundle... revoked) {
        try {
            Instant now = Instant.now();
            byte[] entries = {};
            for (X509Bundle bundle : revoked) {
                byte[] serial = der(2, bundle.getCertificate().getSerialNumber().toByteArray());
                entries = joined(entries, der(SEQUENCE, serial, time(now.minus(Duration.ofMinutes(1)))));
            }
            byte[] content = der(
                    SEQUENCE,
                    der(2, BigInteger.ONE.toByteArray()),
                    ECDSA_WITH_SHA256,
                    issuer.getCertificate().getSubjectX500Principal().getEncoded(),
                    time(now.minus(Duration.ofMinutes(1))),
                    time(now.plus(Duration.ofHours(1))),
                    entries.length == 0 ? entries : der(SEQUENCE, entries));
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(issuer.getKeyPair().getPrivate());
            signature.update(content);
            byte[] signed = der(3, new byte[] {0}, signature.sign());
            return "-----BEGIN X509 CRL-----\n"
                    + Base64.getMimeEncoder().encodeToString(der(SEQUENCE, content, ECDSA_WITH_SHA256, signed))
                    + "\n-----END X509 CRL-----\n";
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] time(Instant at) {
        return der(0x17, UTC_TIME.format(at).getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] der(int tag, byte[]... parts) {
        byte[] content = joined(parts);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else {
            out.write(0x82);
            out.write(content.length >> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(out::writeBytes);
        return out.toByteArray();
    }
}
