package dev.weft.proxy.http;

import dev.weft.proxy.model.ClientCertificateForwarding.Detail;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Writes an element of {@code x-forwarded-client-cert} as Envoy does: {@code By=URI;Hash=hex;Cert="PEM";Chain="PEM";Subject="RFC 2253";
 * URI=text;DNS=text}, a key for each of several names. Stateless.
 *
 * <p>Names come from certificates, whose holders may want to say something else by them: one with a separator in it is quoted, as
 * Envoy's documentation asks for and its code does not do, and what cannot be in a field at all is escaped.
 */
final class CertificateElement {
    private static final int DNS_NAME = 2;
    private static final int URI = 6;
    private static final Base64.Encoder PEM_LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    /** OpenSSL has a name for it, RFC 2253 has none. */
    private static final Map<String, String> MORE_ATTRIBUTES = Map.of("1.2.840.113549.1.9.1", "emailAddress");

    private CertificateElement() {}

    static String of(List<X509Certificate> chain, @Nullable X509Certificate ours, List<Detail> details) {
        X509Certificate client = chain.getFirst();
        List<String> pairs = new ArrayList<>();
        if (ours != null) {
            names(ours, URI).forEach(uri -> pairs.add("By=" + value(uri)));
        }
        pairs.add("Hash=" + sha256(client));
        for (Detail detail : details) {
            switch (detail) {
                case CERT -> pairs.add("Cert=\"" + pem(List.of(client)) + "\"");
                case CHAIN -> pairs.add("Chain=\"" + pem(chain) + "\"");
                case SUBJECT -> pairs.add("Subject=\"" + subject(client) + "\"");
                case URI -> {
                    List<String> uris = names(client, URI);
                    (uris.isEmpty() ? List.of("") : uris).forEach(uri -> pairs.add("URI=" + value(uri)));
                }
                case DNS -> names(client, DNS_NAME).forEach(name -> pairs.add("DNS=" + value(name)));
            }
        }
        return String.join(";", pairs);
    }

    private static List<String> names(X509Certificate certificate, int type) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> all = certificate.getSubjectAlternativeNames();
            for (List<?> name : all == null ? List.<List<?>>of() : all) {
                if (name.get(0).equals(type) && name.get(1) instanceof String text) {
                    names.add(text);
                }
            }
        } catch (CertificateParsingException unreadable) {
            return List.of();
        }
        return names;
    }

    /** Quotes and backslashes are escaped in another way, since readers of such fields differ in how they take a backslash. */
    static String value(String name) {
        String visible = escaped(name, '%').replace("\\", "%5C").replace("\"", "%22");
        return visible.indexOf(';') < 0 && visible.indexOf(',') < 0 ? visible : '"' + visible + '"';
    }

    /** RFC 2253 escapes quotes and separators itself; what is not ASCII is escaped as OpenSSL does. */
    private static String subject(X509Certificate certificate) {
        X500Principal subject = certificate.getSubjectX500Principal();
        return escaped(subject.getName(X500Principal.RFC2253, MORE_ATTRIBUTES), '\\');
    }

    private static String escaped(String text, char escape) {
        if (text.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (b >= 0x20 && b < 0x7f) {
                escaped.append((char) b);
            } else {
                escaped.append(escape).append(HexFormat.of().withUpperCase().toHexDigits(b));
            }
        }
        return escaped.toString();
    }

    private static String pem(List<X509Certificate> certificates) {
        StringBuilder pem = new StringBuilder();
        for (X509Certificate certificate : certificates) {
            pem.append("-----BEGIN CERTIFICATE-----\n")
                    .append(PEM_LINES.encodeToString(der(certificate)))
                    .append("\n-----END CERTIFICATE-----\n");
        }
        return pem.toString()
                .replace("\n", "%0A")
                .replace(" ", "%20")
                .replace("+", "%2B")
                .replace("/", "%2F")
                .replace("=", "%3D");
    }

    private static String sha256(X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(der(certificate)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static byte[] der(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was read cannot be written", e);
        }
    }
}
