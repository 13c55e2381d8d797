package dev.weft.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.TestAuthority;
import dev.weft.proxy.testing.TlsPeer;
import dev.weft.proxy.testing.TlsPeer.Speech;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Two certificates for one name, elliptic and RSA: each client gets the one that it can check, the elliptic where it can both. */
@ParameterizedClass
@EnumSource(TlsEngine.class)
class CertificateKindTest {
    private static final String RSA_1_2 = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
    private static final String ELLIPTIC_1_2 = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

    @RegisterExtension
    private final Opened opened = new Opened();

    @Parameter
    private TlsEngine engine = TlsEngine.JDK;

    private final X509Bundle rsa = certificate("a.example", true);
    private final X509Bundle elliptic = certificate("a.example", false);

    private static X509Bundle certificate(String name, boolean rsa) {
        try {
            CertificateBuilder builder = new CertificateBuilder()
                    .subject("CN=" + name)
                    .addSanDnsName(name)
                    .setIsCertificateAuthority(true);
            return (rsa ? builder.rsa2048() : builder.ecp256()).buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Proxy serving(X509Bundle... certificates) {
        Proxy proxy = opened.open(Proxy.builder().loops(1).tlsEngine(engine).build());
        ServerTls tls = new ServerTls(
                Arrays.stream(certificates).map(TestAuthority::pem).toList(), List.of(), Optional.empty());
        proxy.apply(Setup.listen("127.0.0.1", 0).tls(tls).to("127.0.0.1:9"));
        return proxy;
    }

    /** The kind of key that a client is shown. */
    private static String shown(Proxy proxy, @Nullable String name, String version, String schemes) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket("127.0.0.1", proxy.address("http").getPort())) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setProtocols(new String[] {version});
            if (!schemes.isEmpty()) {
                parameters.setSignatureSchemes(schemes.split(","));
            }
            if (name != null) {
                parameters.setServerNames(List.of(new SNIHostName(name)));
            }
            socket.setSSLParameters(parameters);
            socket.setSoTimeout(10_000);
            socket.startHandshake();
            X509Certificate certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return certificate.getPublicKey().getAlgorithm() + " "
                    + certificate.getSubjectX500Principal().getName();
        }
    }

    @Test
    void whoCanCheckBothGetsTheEllipticOneWhateverTheirOrder() throws Exception {
        for (Proxy proxy : List.of(serving(rsa, elliptic), serving(elliptic, rsa))) {
            for (String version : List.of("TLSv1.2", "TLSv1.3")) {
                assertThat(shown(proxy, "a.example", version, "")).isEqualTo("EC CN=a.example");
                assertThat(shown(proxy, null, version, "")).isEqualTo("EC CN=a.example");
            }
        }
    }

    @Test
    void whoCanCheckOneKindGetsThat() throws Exception {
        Proxy proxy = serving(elliptic, rsa);

        assertThat(shown(proxy, "a.example", "TLSv1.3", "rsa_pss_rsae_sha256")).isEqualTo("RSA CN=a.example");
        assertThat(shown(proxy, null, "TLSv1.3", "rsa_pss_rsae_sha256,ecdsa_secp384r1_sha384"))
                .isEqualTo("RSA CN=a.example");
        assertThat(shown(proxy, null, "TLSv1.3", "ecdsa_secp256r1_sha256")).isEqualTo("EC CN=a.example");
        TlsPeer peer = opened.open(new TlsPeer());
        for (String suite : List.of(RSA_1_2, ELLIPTIC_1_2)) {
            assertThat(peer.connect(proxy.address("http"), new Speech("TLSv1.2", suite, "")))
                    .isEqualTo("TLSv1.2 " + suite);
        }
    }

    @Test
    void theNameComesBeforeTheKind() throws Exception {
        X509Bundle other = certificate("b.example", true);
        Proxy proxy = serving(elliptic, other);

        assertThat(shown(proxy, "b.example", "TLSv1.3", "")).isEqualTo("RSA CN=b.example");
        assertThat(shown(proxy, "c.example", "TLSv1.3", "")).isEqualTo("EC CN=a.example");
    }
}
