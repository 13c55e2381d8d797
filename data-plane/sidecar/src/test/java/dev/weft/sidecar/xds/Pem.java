package dev.weft.sidecar.xds;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import org.jspecify.annotations.Nullable;

/** Certificates that can be read, made once. */
public final class Pem {
    private static final X509Bundle ROOT = issued("ca", null);

    public static final X509Bundle OWN = issued("own", ROOT);
    public static final X509Bundle OTHER = issued("other", ROOT);
    public static final String AUTHORITY = ROOT.getCertificatePEM();
    public static final String CHAIN = OWN.getCertificatePathPEM();
    public static final String KEY = OWN.getPrivateKeyPEM();

    /** What begins with {@code ca} is the authority, with {@code k} the key; all else is the chain. */
    public static final FileText FILES = path -> path.startsWith("ca") ? AUTHORITY : path.startsWith("k") ? KEY : CHAIN;

    private Pem() {}

    private static X509Bundle issued(String name, @Nullable X509Bundle issuer) {
        try {
            CertificateBuilder builder = new CertificateBuilder()
                    .subject("CN=" + name)
                    .addSanDnsName(name + ".example")
                    .ecp256()
                    .setIsCertificateAuthority(issuer == null);
            return issuer == null ? builder.buildSelfSigned() : builder.buildIssuedBy(issuer);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** For a block of YAML within braces. */
    public static String quoted(String pem) {
        return "\"" + pem.replace("\n", "\\n").replace("\r", "\\r") + "\"";
    }
}
